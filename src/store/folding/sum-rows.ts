import { memoizePerObject } from "../../lib/memoize.ts";
import type {
  DifferingField,
  FailureCount,
  FeatureCount,
  RelationCount,
  StatusPairCount,
} from "../../model/difference.ts";
import type { RuleHitCount } from "../../model/rule.ts";
import { sumParameters } from "../sum-parameters.ts";
import type { OutcomeRow } from "../store.ts";

type Row = { readonly endpoint: string; readonly count: number; readonly weight?: number | undefined };

const textOfFields = memoizePerObject((fields: readonly DifferingField[]) => JSON.stringify(fields));

export function sumOutcomes(parts: readonly (readonly OutcomeRow[])[], endpoint: string): readonly OutcomeRow[] {
  const sums = sumRows(parts, endpoint, outcomeKey);
  const rows = parts.flat();
  if (!rows.some(({ parameters }) => parameters !== undefined)) return sums;
  const groups = Map.groupBy(rows, outcomeKey);
  return sums.map((sum) => {
    const own = (groups.get(outcomeKey(sum)) ?? []).flatMap(({ parameters }) => parameters ?? []);
    return own.length === 0 ? sum : { ...sum, parameters: sumParameters(own) };
  });
}

function outcomeKey({ paired, overflow, beyondCap, fields }: OutcomeRow): string {
  return [Number(paired), Number(overflow), Number(beyondCap), textOfFields(fields)].join();
}

export function sumStatuses(
  parts: readonly (readonly StatusPairCount[])[],
  endpoint: string,
): readonly StatusPairCount[] {
  return sumRows(parts, endpoint, ({ role, primary, other }) => `${role} ${primary} ${other}`);
}

export function sumRelations(parts: readonly (readonly RelationCount[])[], endpoint: string): readonly RelationCount[] {
  return sumRows(parts, endpoint, ({ section, path, kind, relation }) => [section, path, kind, relation].join("\n"));
}

export function sumFailures(parts: readonly (readonly FailureCount[])[], endpoint: string): readonly FailureCount[] {
  return sumRows(parts, endpoint, ({ role, kind, reason, address }) => [role, kind, reason, address].join("\n"));
}

/** Adds up the hits of each rule per endpoint. */
export function sumRuleHits(rows: readonly RuleHitCount[]): readonly RuleHitCount[] {
  return [...Map.groupBy(rows, hitKey).values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, count: same.reduce((sum, { count }) => sum + count, 0) }];
  });
}

export function sumFeatures(parts: readonly (readonly FeatureCount[])[], endpoint: string): readonly FeatureCount[] {
  const sums = new Map<string, FeatureCount>();
  for (const row of parts.flat()) {
    const { section, path, feature, candidateOnly, secondaryOnly } = row;
    const key = [section, path, feature].join("\n");
    const sum = sums.get(key);
    sums.set(key, {
      ...row,
      endpoint,
      candidateOnly: candidateOnly + (sum?.candidateOnly ?? 0),
      secondaryOnly: secondaryOnly + (sum?.secondaryOnly ?? 0),
    });
  }
  return [...sums.values()];
}

/** Adds up rows with the same key, in the order of their first appearance. The rows are of one candidate and route. */
function sumRows<Each extends Row>(
  parts: readonly (readonly Each[])[],
  endpoint: string,
  keyOf: (row: Each) => string,
): readonly Each[] {
  const sums = new Map<string, Each>();
  for (const row of parts.flat()) {
    const key = keyOf(row);
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? { ...row, endpoint } : { ...sum, ...countsTogether(sum, row) });
  }
  return [...sums.values()];
}

function countsTogether(one: Row, other: Row): Pick<Row, "count" | "weight"> {
  const count = one.count + other.count;
  if (one.weight === undefined && other.weight === undefined) return { count };
  return { count, weight: (one.weight ?? one.count) + (other.weight ?? other.count) };
}

function hitKey({ rule, route, endpoint }: RuleHitCount): string {
  return [rule, route, endpoint].join("\n");
}
