import { memoizePerObject } from "../../lib/memoize.ts";
import type { DifferenceMark, StatusPairCount } from "../../model/difference.ts";
import type { Accounting } from "../../model/accounting.ts";
import type { Placebo } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import type { LatencyHistograms, OutcomeRow, PerEndpoint, TimeBlock } from "../../store/store.ts";
import { invertRatios } from "../statistics/bucket-statistics.ts";
import { sumCompared } from "./accounting-totals.ts";
import { statusesByRole } from "./error-rate.ts";
import { comparableFields } from "./field-counts.ts";
import type { FieldRelations } from "../causes/field-relations.ts";
import { judgeRunFields } from "./field-verdicts.ts";
import { judgeCandidate, type CandidateCounts } from "./judge-candidate.ts";

/** The counts of candidate and secondary. */
export interface PlaceboCounts extends Pick<CandidateCounts, "latencies"> {
  readonly outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[];
  /** The counts of both roles by time. */
  readonly blocks: readonly PerEndpoint<readonly TimeBlock[]>[];
  /** Of the candidate: a state that lags there lags in the secondary too. */
  readonly relations?: ReadonlyMap<string, FieldRelations> | undefined;
  /** Status pairs of both roles. */
  readonly statuses: readonly PerEndpoint<readonly StatusPairCount[]>[];
}

/**
 * Judges the secondary as if it were the candidate, with the same functions and the same gate. It runs the primary's version,
 * so every finding is a false alarm. Candidate and secondary swap roles: the candidate shows the noise and the mirroring
 * overhead. Only pairs take part, without sets beyond the cap: whether the secondary differed in those is unknown. What the
 * gate requires of the traffic is left out, because it says nothing about false alarms.
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
      statuses: counts.statuses.map((each) => ({ ...each, rows: statusesByRole(each.rows).secondary })),
      failures: [],
    },
    judgeRunFields(
      outcomes,
      counts.blocks.map((each) => ({ ...each, rows: swapBlocks(each.rows) })),
      counts.relations,
    ),
    { ...gate, minSuccess: 0, minEndpoints: 0, coverage: [] },
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

const WITHOUT_LOSS: Omit<Accounting, "received" | "mirrored" | "compared" | "matched" | "differed" | "noiseCompared"> =
  {
    inFlight: 0,
    interrupted: 0,
    lost: 0,
    forgotten: 0,
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
    .map((row) => ({ ...row, fields: swapFields(row.fields), weight: undefined })),
);

/** Stores return the same list for the same set of fields. */
const swapFields = memoizePerObject((fields: OutcomeRow["fields"]) =>
  comparableFields(fields).map((field) => ({ ...field, mark: SWAPPED_MARK[field.mark] })),
);

const swapLatencies = memoizePerObject(
  ({ primary, candidate, secondary, ratio, bias, twin }: LatencyHistograms): LatencyHistograms => ({
    primary,
    candidate: secondary,
    secondary: candidate,
    ratio: bias,
    bias: ratio,
    twin: invertRatios(twin),
  }),
);

const swapBlocks = memoizePerObject((blocks: readonly TimeBlock[]) => blocks.map(swapBlock));

const swapBlock = memoizePerObject((block: TimeBlock): TimeBlock => ({
  ...block,
  outcomes: swapOutcomes(block.outcomes),
  statuses: block.statuses.map((row) => ({ ...row, role: row.role === "candidate" ? "secondary" : "candidate" })),
  latencies: swapLatencies(block.latencies),
  // They say that candidate and secondary are unlike each other, but not which of them is unlike the primary.
  features: [],
  // A false alarm counts as one, however much traffic its pair stands for.
  largestWeight: undefined,
}));
