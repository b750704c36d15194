import type { DifferenceMark, StatusPairCount } from "../../model/difference.ts";
import type { Accounting, Placebo } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import type { LatencyHistograms, PerEndpoint, OutcomeRow } from "../../store/store.ts";
import { comparedOf } from "./accounting-totals.ts";
import { byRole } from "./error-rate.ts";
import { swappedRows } from "../statistics/latency-sample.ts";
import { judgedRun, type RunRows } from "./judge-candidate.ts";
import { comparableFields } from "./field-verdicts.ts";
import { memoizePerObject } from "../../lib/memoize.ts";

const SWAPPED: Readonly<Record<DifferenceMark, DifferenceMark>> = { raw: "noise", noise: "raw", both: "both" };

/**
 * The secondary judged as if it were the candidate, by the same functions and the same gate: where nothing has changed, so
 * that whatever is found is a false alarm. The candidate takes the secondary's place in all things: it shows the noise of the
 * answers, and how much longer a mirrored leg takes. Only pairs take
 * part, and of these no sets beyond the cap: whether the secondary differed in them is not known. The gate's coverage is
 * left out, since it says nothing of alarms.
 * @param statuses of both roles
 * @returns null when no exchange had a secondary
 */
export function placeboOf(
  rows: Pick<RunRows, "outcomes" | "latencies" | "pairs">,
  statuses: readonly PerEndpoint<readonly StatusPairCount[]>[],
  gate: Gate,
): Placebo | null {
  const outcomes = rows.outcomes
    .map((each) => ({ ...each, rows: swapped(each.rows) }))
    .filter(({ rows: pairs }) => pairs.length > 0);
  const counts = comparedOf(outcomes);
  const { compared } = counts;
  if (compared === 0) return null;
  const judged = judgedRun(
    {
      accounting: { ...WITHOUT_LOSS, received: compared, mirrored: compared, ...counts },
      hasSecondary: true,
      outcomes,
      latencies: rows.latencies.map((each) => ({ ...each, rows: swappedLatencies(each.rows) })),
      pairs: rows.pairs.map((each) => ({ ...each, rows: swappedRows(each.rows) })),
      statuses: statuses.map((each) => ({ ...each, rows: byRole(each.rows).secondary })),
    },
    { ...gate, coverage: [] },
  );
  const fields = judged.endpoints.flatMap(({ report }) => report.differences);
  // A failing candidate leaves a field in which the secondary never differed, and which is real whoever fails.
  const falselyReal = fields.filter(({ verdict, count }) => verdict === "real" && count > 0).length;
  return {
    compared,
    parity: judged.parity,
    verdict: judged.verdict,
    fields: fields.length,
    falselyReal,
    falseAlarmRate: fields.length === 0 ? 0 : falselyReal / fields.length,
    latencyRatio: judged.latency.ratio,
  };
}

const WITHOUT_LOSS: Pick<Accounting, "sampledOut" | "notMirrored" | "dropped" | "skipped"> = {
  sampledOut: 0,
  notMirrored: {},
  dropped: {},
  skipped: {},
};

/** The rows that take part, with the marks of the two legs in each other's place. */
const swapped = memoizePerObject((rows: readonly OutcomeRow[]): readonly OutcomeRow[] =>
  rows
    .filter(({ paired, beyondCap }) => paired && !beyondCap)
    .map((row) => ({ ...row, fields: swappedFields(row.fields) })),
);

/** Stores give the same lists for the same sets. */
const swappedFields = memoizePerObject((fields: OutcomeRow["fields"]) =>
  comparableFields(fields).map((field) => ({ ...field, mark: SWAPPED[field.mark] })),
);

const swappedLatencies = memoizePerObject(
  ({ primary, candidate, secondary, ratio, bias }: LatencyHistograms): LatencyHistograms => ({
    primary,
    candidate: secondary,
    secondary: candidate,
    ratio: bias,
    bias: ratio,
  }),
);
