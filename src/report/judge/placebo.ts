import { memoizePerObject } from "../../lib/memoize.ts";
import type { DifferenceMark, StatusPairCount } from "../../model/difference.ts";
import type { Accounting, Placebo } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import type { LatencyHistograms, OutcomeRow, PerEndpoint } from "../../store/store.ts";
import { swapLegs } from "../statistics/latency-sample.ts";
import { sumCompared } from "./accounting-totals.ts";
import { statusesByRole } from "./error-rate.ts";
import { comparableFields } from "./field-counts.ts";
import { judgeRunFields } from "./field-verdicts.ts";
import { judgeCandidate, type CandidateCounts } from "./judge-candidate.ts";

/** The counts of candidate and secondary. */
export interface PlaceboCounts extends Pick<CandidateCounts, "latencies" | "pairs"> {
  readonly outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[];
  /** Status pairs of both roles. */
  readonly statuses: readonly PerEndpoint<readonly StatusPairCount[]>[];
}

/**
 * Judges the secondary as if it were the candidate, with the same functions and the same gate. It runs the primary's version,
 * so every finding is a false alarm. Candidate and secondary swap roles: the candidate shows the noise and the mirroring
 * overhead. Only pairs take part, without sets beyond the cap: whether the secondary differed in those is unknown. The gate's
 * coverage is left out, because it says nothing about false alarms.
 * @returns null if no exchange had a secondary response
 */
export function judgePlacebo(counts: PlaceboCounts, gate: Gate): Placebo | null {
  const outcomes = counts.outcomes
    .map((each) => ({ ...each, rows: swapOutcomes(each.rows) }))
    .filter(({ rows }) => rows.length > 0);
  const totals = sumCompared(outcomes);
  const { compared } = totals;
  if (compared === 0) return null;
  const judged = judgeCandidate(
    {
      accounting: { ...WITHOUT_LOSS, received: compared, mirrored: compared, ...totals },
      hasSecondary: true,
      latencies: counts.latencies.map((each) => ({ ...each, rows: swapLatencies(each.rows) })),
      pairs: counts.pairs.map((each) => ({ ...each, rows: swapLegs(each.rows) })),
      statuses: counts.statuses.map((each) => ({ ...each, rows: statusesByRole(each.rows).secondary })),
    },
    judgeRunFields(outcomes),
    { ...gate, coverage: [] },
  );
  const fields = judged.endpoints.flatMap(({ report }) => report.differences);
  // Where the secondary never differed, a real field is caused by the candidate.
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

const SWAPPED_MARK: Readonly<Record<DifferenceMark, DifferenceMark>> = { raw: "noise", noise: "raw", both: "both" };

/** The paired rows with the marks of candidate and secondary swapped. */
const swapOutcomes = memoizePerObject((rows: readonly OutcomeRow[]): readonly OutcomeRow[] =>
  rows
    .filter(({ paired, beyondCap }) => paired && !beyondCap)
    .map((row) => ({ ...row, fields: swapFields(row.fields) })),
);

/** Stores return the same list for the same set of fields. */
const swapFields = memoizePerObject((fields: OutcomeRow["fields"]) =>
  comparableFields(fields).map((field) => ({ ...field, mark: SWAPPED_MARK[field.mark] })),
);

const swapLatencies = memoizePerObject(
  ({ primary, candidate, secondary, ratio, bias }: LatencyHistograms): LatencyHistograms => ({
    primary,
    candidate: secondary,
    secondary: candidate,
    ratio: bias,
    bias: ratio,
  }),
);
