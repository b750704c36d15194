import type { StatusPairCount } from "../../model/difference.ts";
import type { LatencySeries } from "../../model/latency.ts";
import { OVERFLOW_ENDPOINT } from "../../model/difference.ts";
import type { Accounting, Overflow, Report, Verdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import { byUrgency, endpointKey } from "../../presentation/endpoint-order.ts";
import type { BucketCounts, LatencyHistograms, LatencySample, OutcomeRow, PerEndpoint } from "../../store/store.ts";
import { rowsByEndpoint } from "../read-counts.ts";
import { sumBuckets } from "../statistics/bucket-statistics.ts";
import { isRateBelow } from "../statistics/confidence-sequence.ts";
import { evidenceBar } from "../statistics/e-values.ts";
import { mergeSamples, NO_PAIRS } from "../statistics/latency-sample.ts";
import { wilsonInterval } from "../statistics/wilson-interval.ts";
import { comparedCounts } from "./accounting-totals.ts";
import { isParityBelow, stillNeeded, type ParityCounts } from "./parity-verdict.ts";
import { decideErrorVerdict, errorCounts, errorRates } from "./error-rate.ts";
import type { RunFields } from "./field-verdicts.ts";
import { uncoveredEndpoints } from "./gate-thresholds.ts";
import { judgeEndpoint, type EndpointCounts, type JudgedEndpoint } from "./judge-endpoint.ts";
import { judgeLatency, type JudgedLatency } from "./judge-latency.ts";
import type { ParityFindings } from "./parity-counts.ts";
import { decideRunVerdict, runThresholds } from "./run-verdict.ts";

/** The counts of one candidate that are judged along with its differing fields. */
export interface CandidateCounts {
  readonly accounting: Accounting;
  /** Whether the run has a secondary. */
  readonly hasSecondary: boolean;
  readonly latencies: readonly PerEndpoint<LatencyHistograms>[];
  readonly pairs: readonly LatencySample[];
  /** Status pairs of the candidate. */
  readonly statuses: readonly PerEndpoint<readonly StatusPairCount[]>[];
}

export interface JudgedCandidate extends Pick<
  Report,
  "verdict" | "reasons" | "parity" | "parityVerdict" | "latency" | "needed" | "errors" | "uncovered"
> {
  readonly overflow: Omit<Overflow, "fields">;
  /** Most urgent first. */
  readonly endpoints: readonly JudgedEndpoint[];
}

/**
 * Judges one candidate against the gate: every endpoint, then all endpoints together. The placebo judges the secondary with
 * this function (`judgePlacebo`).
 */
export function judgeCandidate(counts: CandidateCounts, fields: RunFields, gate: Gate): JudgedCandidate {
  const endpointBar = evidenceBar(fields.endpoints.length);
  const endpoints = joinCounts(counts, fields)
    .map((each) => judgeEndpoint(each, gate, endpointBar))
    .toSorted(byUrgency);
  return { ...judgeTogether(counts, fields, gate, endpoints), endpoints };
}

/** Judges all endpoints together. */
function judgeTogether(
  counts: CandidateCounts,
  fields: RunFields,
  gate: Gate,
  endpoints: readonly JudgedEndpoint[],
): Omit<JudgedCandidate, "endpoints"> {
  const { accounting, hasSecondary } = counts;
  const { compared } = accounting;
  const totals = endpoints.map(({ report, thresholds }) => ({ ...report, thresholds }));
  const thresholds = runThresholds(gate, totals);
  const parityCounts = {
    compared,
    counting: sumOver(endpoints, "counting"),
    proven: sumOver(endpoints, "proven"),
    unknown: sumOver(endpoints, "unknown"),
  };
  const parity = wilsonInterval(compared - parityCounts.counting, compared);
  const errors = errorCounts(endpoints.flatMap(({ statuses }) => statuses));
  const errorVerdict = decideErrorVerdict(errors, thresholds.errorRate, evidenceBar());
  const latency = latencyTogether(counts, gate, endpoints);
  const uncovered = uncoveredEndpoints(gate, totals);
  const overflow = overflowOf(fields);
  const verdict = decideRunVerdict(
    {
      ...parityCounts,
      accounting,
      hasSecondary,
      parity,
      latency: latency.judgment,
      errors: errorVerdict,
      endpoints: endpoints.map(({ report, isBlocking }) => ({ ...report, isBlocking })),
      uncovered,
      overflow,
    },
    thresholds,
  );
  return {
    ...verdict,
    parity,
    parityVerdict: parityVerdictOf(parityCounts, gate),
    latency: latency.report,
    needed: stillNeeded(parityCounts, thresholds),
    errors: errorRates(errors, errorVerdict),
    uncovered,
    overflow,
  };
}

/** What the parity of all endpoints says on its own: inconclusive while its differences may still be noise. */
function parityVerdictOf(counts: ParityCounts, { parity }: Gate): Verdict {
  if (isParityBelow(counts, { parity }, evidenceBar())) return "fail";
  return counts.compared > 0 && isRateBelow(counts.counting, counts.compared, 1 - parity) ? "pass" : "inconclusive";
}

/**
 * The report shows the latency of all endpoints. Those with a latency ratio of their own in the gate are judged one by one, the
 * others also together.
 */
function latencyTogether(
  { latencies, pairs }: CandidateCounts,
  gate: Gate,
  endpoints: readonly JudgedEndpoint[],
): JudgedLatency {
  const bar = evidenceBar();
  const all = judgeLatency(sumLatencies(latencies), mergeSamples(pairs), gate.latencyRatio, bar);
  const separate = new Set(
    endpoints
      .filter(({ thresholds }) => thresholds.latencyRatio !== gate.latencyRatio)
      .map(({ report }) => report.endpoint),
  );
  if (separate.size === 0) return all;
  const isCommon = ({ endpoint }: { readonly endpoint: string }): boolean => !separate.has(endpoint);
  const sample = mergeSamples(pairs.filter(isCommon));
  const common = judgeLatency(sumLatencies(latencies.filter(isCommon)), sample, gate.latencyRatio, bar);
  const { allowed, verdict } = common.report;
  return { report: { ...all.report, allowed, verdict }, judgment: common.judgment };
}

function sumLatencies(latencies: readonly PerEndpoint<LatencyHistograms>[]): LatencyHistograms {
  const sum = (series: LatencySeries): BucketCounts => sumBuckets(latencies.map(({ rows }) => rows[series]));
  return {
    primary: sum("primary"),
    candidate: sum("candidate"),
    secondary: sum("secondary"),
    ratio: sum("ratio"),
    bias: sum("bias"),
  };
}

const NO_LATENCIES = sumLatencies([]);
const NO_STATUSES: readonly StatusPairCount[] = [];

function joinCounts({ latencies, pairs, statuses }: CandidateCounts, { endpoints }: RunFields): EndpointCounts[] {
  const [latenciesOf, sampleOf, statusesOf] = [
    rowsByEndpoint(latencies),
    rowsByEndpoint(pairs),
    rowsByEndpoint(statuses),
  ];
  return endpoints.map((fields) => {
    const key = endpointKey(fields);
    return {
      ...fields,
      latencies: latenciesOf.get(key) ?? NO_LATENCIES,
      sample: sampleOf.get(key) ?? NO_PAIRS,
      statuses: statusesOf.get(key) ?? NO_STATUSES,
    };
  });
}

function overflowOf({ endpoints }: RunFields): JudgedCandidate["overflow"] {
  let [beyondEndpointCap, beyondSetCap] = [0, 0];
  for (const { endpoint, outcomes } of endpoints) {
    if (endpoint === OVERFLOW_ENDPOINT) beyondEndpointCap += comparedCounts(outcomes).compared;
    beyondSetCap += countBeyondCap(outcomes);
  }
  return { endpoints: beyondEndpointCap, differenceSets: beyondSetCap };
}

function countBeyondCap(rows: readonly OutcomeRow[]): number {
  return rows.reduce((sum, { beyondCap, count }) => (beyondCap ? sum + count : sum), 0);
}

function sumOver(endpoints: readonly JudgedEndpoint[], name: keyof ParityFindings): number {
  return endpoints.reduce((sum, endpoint) => sum + endpoint[name], 0);
}
