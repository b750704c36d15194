import type { StatusPairCount } from "../../model/difference.ts";
import type { Baseline } from "../../model/run.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import type { OutcomeRow, PerEndpoint } from "../../store/store.ts";
import type { CausesByEndpoint } from "../causes/run-causes.ts";
import { errorCounts, excuseStatuses } from "../judge/error-rate.ts";
import { cachedFieldKey, fieldKey } from "../judge/field-counts.ts";
import type { EndpointFields, RunFields } from "../judge/field-verdicts.ts";
import { rowsByEndpoint } from "../read-counts.ts";

/** Responses that differ from the primary's, and are not judged because the baseline had these differences. */
export type KnownDifferences = Pick<Baseline, "differed" | "errors">;

/**
 * Counts what the baseline excuses.
 * @param fields after reviews
 * @param statuses pairs of the candidate
 */
export function knownDifferences(
  { endpoints }: RunFields,
  causes: CausesByEndpoint,
  statuses: readonly PerEndpoint<readonly StatusPairCount[]>[],
): KnownDifferences {
  const statusesOf = rowsByEndpoint(statuses);
  let [differed, errors] = [0, 0];
  for (const endpoint of endpoints) {
    const key = endpointKey(endpoint);
    const known = new Set(
      causes.get(key)?.causes.flatMap(({ state, keys }) => (state === "baseline" ? keys : [])) ?? [],
    );
    if (known.size === 0) continue;
    differed += endpoint.outcomes
      .filter((row) => isOnlyKnown(row, known, endpoint))
      .reduce((sum, { count }) => sum + count, 0);
    const rows = statusesOf.get(key) ?? [];
    const unknown = excuseStatuses(rows, (field) => known.has(fieldKey(field)));
    errors += errorCounts(rows).candidateOnly - errorCounts(unknown).candidateOnly;
  }
  return { differed, errors };
}

/** Whether a response has a difference that is known, and none that counts. */
function isOnlyKnown(
  { fields, overflow }: OutcomeRow,
  known: ReadonlySet<string>,
  { effective }: Pick<EndpointFields, "effective">,
): boolean {
  const own = fields.filter(({ mark }) => mark !== "noise").map((field) => cachedFieldKey(field));
  return !overflow && own.some((key) => known.has(key)) && own.every((key) => effective.get(key) === "noise");
}
