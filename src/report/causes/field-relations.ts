import { memoizeLast } from "../../lib/memoize.ts";
import type { Relation, RelationCount } from "../../model/difference.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { OutcomeRow, PerEndpoint } from "../../store/store.ts";
import { countFields, fieldKey, type FieldCounts } from "../judge/field-counts.ts";

/** A relation explains a field if this share of its differences has it. */
const EXPLAINED_SHARE = 0.95;

/** Relations between two times: if none of them explains a field alone, `both-times` may. */
const TIME_RELATIONS: ReadonlySet<Relation> = new Set(["same-instant", "time-shift", "both-times"]);

interface CountedRelation {
  readonly relation: Relation;
  readonly count: number;
  /** Differences of the field with any relation. */
  readonly total: number;
}

/**
 * The relation that explains the differences of each field.
 * @param rows of one endpoint
 * @param fields of the same endpoint, by `fieldKey`
 * @returns by `fieldKey`, without fields that no relation explains
 */
export function relationsOf(
  rows: readonly RelationCount[],
  fields: ReadonlyMap<string, FieldCounts>,
): ReadonlyMap<string, Relation> {
  const mostFrequent = new Map<string, CountedRelation>();
  for (const row of rows.filter(isOfValues)) {
    const key = fieldKey(row);
    const known = mostFrequent.get(key);
    const total = (known?.total ?? 0) + row.count;
    mostFrequent.set(key, known !== undefined && known.count >= row.count ? { ...known, total } : { ...row, total });
  }
  for (const [key, count] of timeCounts(rows)) {
    const known = mostFrequent.get(key);
    if (known !== undefined && known.count < EXPLAINED_SHARE * known.total) {
      mostFrequent.set(key, { relation: "both-times", count, total: known.total });
    }
  }
  return new Map(
    [...mostFrequent]
      // Relations outlive the minutes that retention deletes, so their sum may exceed the field's count.
      .filter(([key, { count, total }]) => count >= EXPLAINED_SHARE * Math.max(total, fields.get(key)?.raw ?? Infinity))
      .map(([key, { relation }]) => [key, relation]),
  );
}

/** How responses keep to a contract explains no difference. */
function isOfValues(row: RelationCount): row is RelationCount & { readonly relation: Relation } {
  return row.kind !== "contract";
}

/** The relations that explain fields, by `fieldKey`. */
export type FieldRelations = ReadonlyMap<string, Relation>;

/**
 * The relations that explain the fields of a run: of each endpoint, by `endpointKey`.
 * @param isSelfChecked the primary itself is asked twice: then another name of the same bytes is one that its server gives
 */
export function runRelations(
  outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[],
  relations: readonly PerEndpoint<readonly RelationCount[]>[],
  isSelfChecked: boolean,
): ReadonlyMap<string, FieldRelations> {
  const rowsOf = new Map(relations.map((each) => [endpointKey(each), each.rows]));
  return new Map(
    outcomes.flatMap((each) => {
      const own = rowsOf.get(endpointKey(each));
      return own === undefined
        ? []
        : [[endpointKey(each), judgedRelations(each.rows, { relations: own, isSelfChecked })] as const];
    }),
  );
}

const judgedRelations = memoizeLast(
  (
    rows: readonly OutcomeRow[],
    { relations, isSelfChecked }: { readonly relations: readonly RelationCount[]; readonly isSelfChecked: boolean },
  ): FieldRelations => {
    const related = rowRelations(rows, relations);
    if (!isSelfChecked) return related;
    return new Map([...related].map(([key, relation]) => [key, relation === "same-body" ? "instance" : relation]));
  },
);

/** The relations that explain the fields of one endpoint. @param rows of the endpoint */
export function rowRelations(rows: readonly OutcomeRow[], relations: readonly RelationCount[]): FieldRelations {
  return relationsOnce(rows, { relations });
}

const relationsOnce = memoizeLast(
  (rows: readonly OutcomeRow[], { relations }: { readonly relations: readonly RelationCount[] }): FieldRelations =>
    relationsOf(relations, countFields(rows)),
);

/** How often each field had a time on both sides. */
function timeCounts(rows: readonly RelationCount[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows.filter(isOfValues)) {
    if (!TIME_RELATIONS.has(row.relation)) continue;
    const key = fieldKey(row);
    counts.set(key, (counts.get(key) ?? 0) + row.count);
  }
  return counts;
}
