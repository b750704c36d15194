import type { LatencySeries, Mark, StatusPairCount } from "../model/difference.ts";
import type { Accounting, Placebo } from "../model/report.ts";
import type { Gate } from "../model/run.ts";
import type { LatencyRow, OutcomeRow } from "../store/store.ts";
import { comparedCounts } from "./accounting.ts";
import { swappedSample } from "./latency-sample.ts";
import { judgedRun, type RunRows } from "./judged-run.ts";
import { comparableFields } from "./noise.ts";

const SWAPPED: Readonly<Record<Mark, Mark>> = { raw: "noise", noise: "raw", both: "both" };
const SWAPPED_SERIES: Readonly<Record<LatencySeries, LatencySeries>> = {
  primary: "primary",
  candidate: "secondary",
  secondary: "candidate",
  ratio: "bias",
  bias: "ratio",
};

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
  statuses: readonly StatusPairCount[],
  gate: Gate,
): Placebo | null {
  const outcomes = rows.outcomes.filter(({ paired, beyondCap }) => paired && !beyondCap).map(swapped);
  const counts = comparedCounts(outcomes);
  const { compared } = counts;
  if (compared === 0) return null;
  const judged = judgedRun(
    {
      accounting: { ...WITHOUT_LOSS, received: compared, mirrored: compared, ...counts },
      hasSecondary: true,
      outcomes,
      latencies: rows.latencies.map(swappedLatency),
      pairs: rows.pairs.map(swappedSample),
      statuses: statuses.filter(({ role }) => role === "secondary"),
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

function swapped(row: OutcomeRow): OutcomeRow {
  const known = swappedSets.get(row.fields);
  const fields = known ?? comparableFields(row.fields).map((field) => ({ ...field, mark: SWAPPED[field.mark] }));
  if (known === undefined) swappedSets.set(row.fields, fields);
  return { ...row, fields };
}

/** Stores give the same lists for the same sets. */
const swappedSets = new WeakMap<OutcomeRow["fields"], OutcomeRow["fields"]>();

function swappedLatency(row: LatencyRow): LatencyRow {
  return { ...row, series: SWAPPED_SERIES[row.series] };
}
