import type { FailureCount, RelationCount } from "../../model/difference.ts";
import type { EndpointReport } from "../../model/report.ts";
import { formatField } from "../../presentation/words/difference-words.ts";
import { formatPlural, formatShare } from "../../presentation/words/number-format.ts";
import { looksOf } from "../causes/field-failures.ts";
import { relationsOf } from "../causes/field-relations.ts";
import { BASELINE, COUNTING } from "../causes/group-fields.ts";
import { comparedCounts } from "../judge/accounting-totals.ts";
import type { EndpointFields } from "../judge/field-verdicts.ts";
import { againstBaseline, type RunBaseline } from "./run-baseline.ts";

/** Fields that a reason names. */
const MAX_NAMED = 20;

/**
 * The classes of an endpoint's fields with a class of their own for those that the baseline had: what is new is never in one cause
 * with them.
 * @param classes by `fieldKey`
 */
export function classesWithBaseline(
  classes: ReadonlyMap<string, string>,
  { endpoint, outcomes, fields }: Pick<EndpointFields, "endpoint" | "outcomes" | "fields">,
  {
    baseline,
    relations,
    failures,
  }: {
    readonly baseline: RunBaseline;
    readonly relations: readonly RelationCount[];
    readonly failures: readonly FailureCount[];
  },
): ReadonlyMap<string, string> {
  const related = relationsOf(relations, fields);
  const { compared } = comparedCounts(outcomes);
  const all = new Map(classes);
  for (const [key, field] of fields) {
    if (classes.get(key) !== COUNTING) continue;
    const looks = looksOf({ ...field, relation: related.get(key) ?? null }, failures);
    if (againstBaseline(baseline, endpoint, { looks, count: field.raw, compared }) === "known") all.set(key, BASELINE);
  }
  return all;
}

/** Why fields that the baseline had count all the same. */
export function worseReasons(endpoints: readonly EndpointReport[], baseline: RunBaseline): readonly string[] {
  const reasons = endpoints.flatMap(({ endpoint, compared, differences }) =>
    differences.flatMap((field) => {
      if (field.verdict === "noise" || field.rule !== null) return [];
      const looks = looksOf(field, field.failures ?? []);
      const found = againstBaseline(baseline, endpoint, { looks, count: field.count, compared });
      if (typeof found === "string") return [];
      const shares = `${formatShare(field.count / compared)} of responses, in the baseline ${formatShare(found.shareBefore)}`;
      return [`${endpoint}: ${formatField(field)} differs in ${shares}: more than twice as often counts as new`];
    }),
  );
  const rest = reasons.length - MAX_NAMED;
  return rest > 0
    ? [
        ...reasons.slice(0, MAX_NAMED),
        `${formatPlural(rest, "more field")} more than twice as often as in the baseline`,
      ]
    : reasons;
}
