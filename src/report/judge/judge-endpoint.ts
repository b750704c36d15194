import { memoizeLast } from "../../lib/memoize.ts";
import type { FailureCount, StatusPairCount } from "../../model/difference.ts";
import type { EndpointReport, FieldVerdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import { importanceOfFields } from "../../presentation/order/cause-order.ts";
import type { OutcomeRow } from "../../store/store.ts";
import { seriesOf } from "../statistics/block-series.ts";
import { wilsonInterval } from "../statistics/wilson-interval.ts";
import { endpointParameters } from "../causes/parameter-shares.ts";
import { withFailures } from "../causes/field-failures.ts";
import { comparedCounts } from "./accounting-totals.ts";
import { decideEndpointVerdict } from "./endpoint-verdict.ts";
import { blocksRun } from "./run-verdict.ts";
import {
  decideErrorVerdict,
  errorCounts,
  errorRates,
  errorStretch,
  excuseStatuses,
  statusesByRole,
  statusFlips,
} from "./error-rate.ts";
import { fieldKey, type FieldId } from "./field-counts.ts";
import { separateFeatures } from "./feature-verdicts.ts";
import { reportFields, type EndpointFields, type JudgedField } from "./field-verdicts.ts";
import { hasOwnLatencyLimit, thresholdsOf, type Thresholds } from "./gate-thresholds.ts";
import { judgeLatency } from "./latency/judge-latency.ts";
import type { LatencyTimeline } from "./latency/latency-timeline.ts";
import { addExcess, countAgainstParity, provenOverTime, withExcess, type ParityFindings } from "./parity-counts.ts";
import { parityEvidence, stillNeeded } from "./parity-verdict.ts";
import { requestsOf } from "./traffic/traffic-blocks.ts";
import { trafficCounts, type TrafficCounts } from "./traffic/traffic-counts.ts";

/** The counts of one endpoint, with the verdicts of its fields. */
export interface EndpointCounts extends EndpointFields {
  readonly latencies: LatencyTimeline;
  /** Status pairs of the candidate. */
  readonly statuses: readonly StatusPairCount[];
  /** Failures of the candidate. */
  readonly failures: readonly FailureCount[];
}

export interface JudgedEndpoint extends ParityFindings {
  readonly report: Omit<EndpointReport, "subset" | "causes" | "differences"> & {
    readonly differences: readonly JudgedField[];
  };
  /** The same differences, by `fieldKey`. */
  readonly fields: ReadonlyMap<string, JudgedField>;
  readonly thresholds: Thresholds;
  /** The endpoint keeps the run from passing while its verdict is inconclusive. */
  readonly isBlocking: boolean;
  /** The most important section of the differences that count. */
  readonly importance: number;
  /** What it contributes to the totals of the run. */
  readonly byTraffic: TrafficCounts;
}

/**
 * Judges one endpoint.
 * @param bar the evidence that makes it fail: ln E
 * @param heaviest see `heaviestExchange`
 */
export function judgeEndpoint(counts: EndpointCounts, gate: Gate, bar: number, heaviest: number): JudgedEndpoint {
  const thresholds = thresholdsOf(gate, counts.endpoint);
  return judgeOnce(counts.outcomes, {
    ...counts,
    ...thresholds,
    hasOwnLimits: hasOwnLatencyLimit(thresholds, gate),
    bar,
    heaviest,
  });
}

interface JudgmentInputs extends EndpointCounts, Thresholds {
  readonly hasOwnLimits: boolean;
  readonly bar: number;
  readonly heaviest: number;
}

/** The status in runs of earlier versions, which counted all pairs as one field. */
const ANY_STATUS: FieldId = { section: "status", path: "$", kind: "status" };

const judgeOnce = memoizeLast((outcomes: readonly OutcomeRow[], inputs: JudgmentInputs): JudgedEndpoint => {
  const { endpoint, route, verdicts, effective, bar } = inputs;
  const { latencyRatio, p95Ratio, p99Ratio, p95Ms, p99Ms, minCompared, errorRate } = inputs;
  const latencyLimits = { latencyRatio, p95Ratio, p99Ratio, p95Ms, p99Ms };
  const thresholds = { parity: inputs.parity, ...latencyLimits, minCompared, errorRate };
  const counts = comparedCounts(outcomes);
  const judged = reportFields(inputs.fields, inputs.evidences, verdicts, counts, inputs.features);
  const fields = withFailures(judged, inputs.failures);
  const differences = [...fields.values()];
  const counted = separateFeatures(effective, inputs.ownVerdicts, inputs.features);
  const provenSeries = addExcess(provenOverTime(inputs.blocks, counted.verdicts), counted.excess);
  const findings = withExcess(countAgainstParity(outcomes, counted.verdicts), counted.excess, counts);
  const parity = wilsonInterval(counts.compared - findings.counting, counts.compared);
  const latency = judgeLatency(inputs.latencies, latencyLimits, bar);
  const isAccepted = (field: FieldId): boolean => {
    const key = fieldKey(field);
    return verdicts.get(key) !== "noise" && effective.get(key) === "noise";
  };
  const withoutAccepted = (rows: readonly StatusPairCount[]): readonly StatusPairCount[] =>
    effective === verdicts
      ? rows
      : excuseStatuses(rows, (field) => [field, ...(field.section === "status" ? [ANY_STATUS] : [])].some(isAccepted));
  const statuses = withoutAccepted(inputs.statuses);
  const errors = errorCounts(statuses);
  const overTime = {
    proven: provenSeries,
    errors: seriesOf(inputs.blocks, (block) => errorStretch(withoutAccepted(statusesByRole(block.statuses).candidate))),
  };
  const errorVerdict = decideErrorVerdict(errors, errorRate, bar, overTime.errors);
  const effectiveFields = effective === verdicts ? differences : withVerdicts(fields, effective);
  const importance = importanceOfFields(
    effectiveFields.filter((field) => field.verdict !== "noise" && field.count > 0),
  );
  const verdict = decideEndpointVerdict(
    {
      ...findings,
      compared: counts.compared,
      parity,
      below: parityEvidence({ ...counts, ...findings }, thresholds, overTime.proven),
      fields: effectiveFields,
      latency: latency.judgment,
      errors: errorVerdict,
    },
    thresholds,
    bar,
  );
  const isBlocking = blocksRun(
    { ...findings, compared: counts.compared, latency: latency.judgment },
    thresholds,
    inputs.hasOwnLimits,
  );
  const report = {
    endpoint,
    route,
    ...counts,
    parity,
    ...verdict,
    needed: stillNeeded({ ...counts, ...findings }, thresholds),
    isBlocking,
    latency: latency.report,
    errors: errorRates(errors, errorVerdict),
    statusFlips: statusFlips(inputs.statuses),
    parameters: endpointParameters(outcomes, counted.verdicts),
    differences,
    ...(inputs.heaviest > 1 && { share: counts.compared / Math.max(counts.compared, requestsOf(inputs.blocks)) }),
  };
  const { latencies, blocks, heaviest } = inputs;
  const byTraffic =
    heaviest === 1
      ? { compared: counts.compared, ...findings, statuses, overTime, latencies }
      : trafficCounts(
          { blocks, latencies, ...counted, noiseCompared: counts.noiseCompared, withoutAccepted },
          heaviest,
        );
  return { ...findings, report, fields, thresholds, isBlocking, importance, byTraffic };
});

function withVerdicts(
  fields: ReadonlyMap<string, JudgedField>,
  verdicts: ReadonlyMap<string, FieldVerdict>,
): readonly JudgedField[] {
  return [...fields].map(([key, field]) => ({ ...field, verdict: verdicts.get(key) ?? field.verdict }));
}
