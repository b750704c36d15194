import { memoizeLast } from "../../lib/memoize.ts";
import type { StatusPairCount } from "../../model/difference.ts";
import type { EndpointReport, FieldVerdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import type { LatencyHistograms, OutcomeRow } from "../../store/store.ts";
import { wilsonInterval } from "../statistics/wilson-interval.ts";
import { comparedCounts } from "./accounting-totals.ts";
import { decideEndpointVerdict } from "./endpoint-verdict.ts";
import { blocksRun } from "./run-verdict.ts";
import { decideErrorVerdict, errorCounts, errorRates, excuseStatuses, statusFlips } from "./error-rate.ts";
import { fieldKey } from "./field-counts.ts";
import { reportFields, type EndpointFields, type JudgedField } from "./field-verdicts.ts";
import { thresholdsOf, type Thresholds } from "./gate-thresholds.ts";
import { judgeLatency } from "./judge-latency.ts";
import { countAgainstParity, type ParityFindings } from "./parity-counts.ts";

/** The counts of one endpoint, with the verdicts of its fields. */
export interface EndpointCounts extends EndpointFields {
  readonly latencies: LatencyHistograms;
  /** Latency pairs as a store returns them. */
  readonly sample: Float32Array;
  /** Status pairs of the candidate. */
  readonly statuses: readonly StatusPairCount[];
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
  /** Status pairs of the candidate; accepted differences count as equal. */
  readonly statuses: readonly StatusPairCount[];
}

/** Judges one endpoint. @param bar the evidence that makes it fail: ln E */
export function judgeEndpoint(counts: EndpointCounts, gate: Gate, bar: number): JudgedEndpoint {
  return judgeOnce(counts.outcomes, { ...counts, ...thresholdsOf(gate, counts.endpoint), bar });
}

interface JudgmentInputs extends EndpointCounts, Thresholds {
  readonly bar: number;
}

const judgeOnce = memoizeLast((outcomes: readonly OutcomeRow[], inputs: JudgmentInputs): JudgedEndpoint => {
  const { endpoint, route, verdicts, effective, bar } = inputs;
  const { parity: minParity, latencyRatio, minCompared, errorRate } = inputs;
  const thresholds = { parity: minParity, latencyRatio, minCompared, errorRate };
  const counts = comparedCounts(outcomes);
  const fields = reportFields(inputs.fields, verdicts, counts);
  const differences = [...fields.values()];
  const findings = countAgainstParity(outcomes, effective);
  const parity = wilsonInterval(counts.compared - findings.counting, counts.compared);
  const latency = judgeLatency(inputs.latencies, inputs.sample, latencyRatio, bar);
  const statuses = excuseStatuses(inputs.statuses, (field) => {
    const key = fieldKey(field);
    return verdicts.get(key) !== "noise" && effective.get(key) === "noise";
  });
  const errors = errorCounts(statuses);
  const errorVerdict = decideErrorVerdict(errors, errorRate, bar);
  const verdict = decideEndpointVerdict(
    {
      ...findings,
      compared: counts.compared,
      parity,
      fields: effective === verdicts ? differences : withVerdicts(fields, effective),
      latency: latency.judgment,
      errors: errorVerdict,
    },
    thresholds,
    bar,
  );
  const report = {
    endpoint,
    route,
    ...counts,
    parity,
    ...verdict,
    latency: latency.report,
    errors: errorRates(errors, errorVerdict),
    statusFlips: statusFlips(inputs.statuses),
    differences,
  };
  const isBlocking = blocksRun({ ...findings, compared: counts.compared }, thresholds);
  return { ...findings, report, fields, thresholds, isBlocking, statuses };
});

function withVerdicts(
  fields: ReadonlyMap<string, JudgedField>,
  verdicts: ReadonlyMap<string, FieldVerdict>,
): readonly JudgedField[] {
  return [...fields].map(([key, field]) => ({ ...field, verdict: verdicts.get(key) ?? field.verdict }));
}
