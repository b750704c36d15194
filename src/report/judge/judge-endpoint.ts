import type { StatusPairCount } from "../../model/difference.ts";
import type { EndpointReport, FieldVerdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import type { LatencyHistograms, OutcomeRow } from "../../store/store.ts";
import { comparedCounts } from "./accounting-totals.ts";
import { thresholdsOf, type Thresholds } from "./gate-thresholds.ts";
import { errorCounts, errorRates, excusedStatuses, judgeErrors, statusFlips } from "./error-rate.ts";
import { judgedLatency } from "./judge-latency.ts";
import { fieldKey, judgeFields, pairingOf, reportFields, type FieldCounts, type JudgedField } from "./field-verdicts.ts";
import { countAgainstParity, type Counting } from "./parity-counts.ts";
import { memoizeLast } from "../../lib/memoize.ts";
import { wilsonInterval } from "../statistics/wilson-interval.ts";
import { keepsRunOpen, judgeEndpoint } from "./endpoint-verdict.ts";

/** What was counted of one endpoint. */
export interface EndpointRows {
  readonly route: string;
  readonly endpoint: string;
  readonly outcomes: readonly OutcomeRow[];
  /** Of these outcomes, by `fieldKey`. */
  readonly fields: ReadonlyMap<string, FieldCounts>;
  readonly latencies: LatencyHistograms;
  /** Of pairs of latencies, as a store gives them. */
  readonly sample: Float32Array;
  /** Of the candidate. */
  readonly statuses: readonly StatusPairCount[];
}

/** How much evidence a finding takes, ln E. */
export interface Bars {
  /** For a field to be real. */
  readonly field: number;
  /** For an endpoint to fail. */
  readonly endpoint: number;
}

/**
 * What each field counts as when people have had their say: `noise` where it is excused, `real` where it is insisted on.
 * @param verdicts what was counted says of each field, by `fieldKey`
 * @returns by `fieldKey`
 */
export type Weigh = (
  rows: Pick<EndpointRows, "route" | "endpoint" | "outcomes" | "fields">,
  verdicts: ReadonlyMap<string, FieldVerdict>,
) => ReadonlyMap<string, FieldVerdict>;

export interface JudgedEndpoint extends Counting {
  readonly report: Omit<EndpointReport, "subset" | "causes" | "differences"> & {
    readonly differences: readonly JudgedField[];
  };
  /** The same differences, by `fieldKey`. */
  readonly fields: ReadonlyMap<string, JudgedField>;
  readonly thresholds: Thresholds;
  /** The endpoint keeps the run from passing while its verdict is inconclusive. */
  readonly isBlocking: boolean;
  /** Of the candidate, as far as they count. */
  readonly statuses: readonly StatusPairCount[];
}

/** Judges one endpoint by what was counted of it. */
export function judgedEndpoint(rows: EndpointRows, gate: Gate, bars: Bars, weigh: Weigh): JudgedEndpoint {
  const verdicts = judgeFields(rows.fields, pairingOf(rows.outcomes), bars.field);
  const weighed = weigh(rows, verdicts);
  return judged(rows.outcomes, {
    ...rows,
    ...thresholdsOf(gate, rows.endpoint),
    verdicts,
    weighed,
    bar: bars.endpoint,
  });
}

interface Weighed extends EndpointRows, Thresholds {
  /** What was counted says of each field, and what it counts as when people have had their say. */
  readonly verdicts: ReadonlyMap<string, FieldVerdict>;
  readonly weighed: ReadonlyMap<string, FieldVerdict>;
  readonly bar: number;
}

const judged = memoizeLast((outcomes: readonly OutcomeRow[], rows: Weighed): JudgedEndpoint => {
  const { verdicts, weighed, bar, parity: needed, latencyRatio, minCompared, errorRate } = rows;
  const thresholds = { parity: needed, latencyRatio, minCompared, errorRate };
  const counts = comparedCounts(outcomes);
  const fields = reportFields(rows.fields, verdicts, counts);
  const differences = [...fields.values()];
  const against = countAgainstParity(outcomes, weighed);
  const parity = wilsonInterval(counts.compared - against.counting, counts.compared);
  const latency = judgedLatency(rows.latencies, rows.sample, latencyRatio, bar);
  const statuses = excusedStatuses(rows.statuses, (field) => {
    const key = fieldKey(field);
    return verdicts.get(key) !== "noise" && weighed.get(key) === "noise";
  });
  const counted = errorCounts(statuses);
  const errors = judgeErrors(counted, errorRate, bar);
  const judgement = judgeEndpoint(
    {
      compared: counts.compared,
      ...against,
      parity,
      fields: weighed === verdicts ? differences : weighedFields(fields, weighed),
      latency: latency.judgement,
      errors,
    },
    thresholds,
    bar,
  );
  const report = {
    endpoint: rows.endpoint,
    route: rows.route,
    ...counts,
    parity,
    ...judgement,
    latency: latency.report,
    errors: errorRates(counted, errors),
    statusFlips: statusFlips(rows.statuses),
    differences,
  };
  const isBlocking = keepsRunOpen({ compared: counts.compared, ...against }, thresholds);
  return { report, ...against, fields, thresholds, isBlocking, statuses };
});

function weighedFields(
  fields: ReadonlyMap<string, JudgedField>,
  weighed: ReadonlyMap<string, FieldVerdict>,
): readonly JudgedField[] {
  return [...fields].map(([key, field]) => ({ ...field, verdict: weighed.get(key) ?? field.verdict }));
}
