import { OVERFLOW_ENDPOINT } from "../../model/limits.ts";
import type { StatusPairCount } from "../../model/difference.ts";
import type { LatencySeries } from "../../model/latency.ts";
import type { Accounting, Overflow, Report, Verdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import type { BucketCounts, LatencyHistograms, LatencySample, PerEndpoint, OutcomeRow } from "../../store/store.ts";
import { comparedOf } from "./accounting-totals.ts";
import { sumBuckets } from "../statistics/bucket-statistics.ts";
import { isRateBelow } from "../statistics/confidence-sequence.ts";
import { evidenceBar } from "../statistics/e-values.ts";
import { uncoveredEndpoints } from "./gate-thresholds.ts";
import { errorCounts, errorRates, judgeErrors } from "./error-rate.ts";
import { judgedEndpoint, type Bars, type EndpointRows, type JudgedEndpoint, type Weigh } from "./judge-endpoint.ts";
import { judgedLatency } from "./judge-latency.ts";
import { mergeSamples, NO_PAIRS } from "../statistics/latency-sample.ts";
import { countFields, realFieldBar } from "./field-verdicts.ts";
import type { Counting } from "./parity-counts.ts";
import { judgeRun, runThresholds } from "./run-verdict.ts";
import { wilsonInterval } from "../statistics/wilson-interval.ts";
import { isParityBelow, stillNeeded, type ParityCounts } from "./endpoint-verdict.ts";
import { byUrgency, endpointKey } from "../../presentation/endpoint-order.ts";

/** What was counted of one candidate in a run. */
export interface RunRows {
  readonly accounting: Accounting;
  /** Whether the run has a secondary. */
  readonly hasSecondary: boolean;
  readonly outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[];
  readonly latencies: readonly PerEndpoint<LatencyHistograms>[];
  readonly pairs: readonly LatencySample[];
  /** Of the candidate. */
  readonly statuses: readonly PerEndpoint<readonly StatusPairCount[]>[];
}

export interface JudgedRun extends Pick<
  Report,
  "verdict" | "reasons" | "parity" | "parityVerdict" | "latency" | "needed" | "errors" | "uncovered"
> {
  readonly overflow: Omit<Overflow, "fields">;
  readonly bars: Bars;
  /** What a person must look at comes first. */
  readonly endpoints: readonly JudgedEndpoint[];
}

/**
 * Judges what was counted of one candidate against the gate. The secondary is judged by this very function, in the
 * candidate's place (`placeboOf`).
 * @param weigh what people decided about differences; by default nobody did
 */
export function judgedRun(rows: RunRows, gate: Gate, weigh: Weigh = asJudged): JudgedRun {
  const byEndpoint = endpointRows(rows);
  const bars = {
    field: realFieldBar(byEndpoint.map(({ fields }) => fields)),
    endpoint: evidenceBar(byEndpoint.length),
  };
  const endpoints = byEndpoint.map((each) => judgedEndpoint(each, gate, bars, weigh)).toSorted(byUrgency);
  return { ...judgedWhole(rows, gate, endpoints), bars, endpoints };
}

const asJudged: Weigh = (_rows, verdicts) => verdicts;

function judgedWhole(
  rows: RunRows,
  gate: Gate,
  endpoints: readonly JudgedEndpoint[],
): Omit<JudgedRun, "endpoints" | "bars"> {
  const { accounting, hasSecondary, outcomes } = rows;
  const { compared } = accounting;
  const seen = endpoints.map(({ report, thresholds }) => ({ ...report, thresholds }));
  const thresholds = runThresholds(gate, seen);
  const counts = {
    compared,
    counting: sumOver(endpoints, "counting"),
    proven: sumOver(endpoints, "proven"),
    unknown: sumOver(endpoints, "unknown"),
  };
  const parity = wilsonInterval(compared - counts.counting, compared);
  const statuses = errorCounts(endpoints.flatMap(({ statuses: counted }) => counted));
  const errors = judgeErrors(statuses, thresholds.errorRate, evidenceBar());
  const latency = wholeLatency(rows, gate, endpoints);
  const uncovered = uncoveredEndpoints(gate, seen);
  const overflow = {
    endpoints: comparedOf(outcomes.filter(({ endpoint }) => endpoint === OVERFLOW_ENDPOINT)).compared,
    differenceSets: outcomes.reduce((sum, { rows: own }) => sum + countBeyondCap(own), 0),
  };
  const judgement = judgeRun(
    {
      ...counts,
      accounting,
      hasSecondary,
      parity,
      latency: latency.judgement,
      errors,
      endpoints: endpoints.map(({ report, isBlocking }) => ({ ...report, isBlocking })),
      uncovered,
      overflow,
    },
    thresholds,
  );
  return {
    ...judgement,
    parity,
    parityVerdict: parityVerdictOf(counts, gate),
    latency: latency.report,
    needed: stillNeeded(counts, thresholds),
    errors: errorRates(statuses, errors),
    uncovered,
    overflow,
  };
}

/** What the parity of all endpoints says on its own. It neither passes nor fails while its differences may still be noise. */
function parityVerdictOf(counts: ParityCounts, { parity }: Gate): Verdict {
  if (isParityBelow(counts, { parity }, evidenceBar())) return "fail";
  return counts.compared > 0 && isRateBelow(counts.counting, counts.compared, 1 - parity) ? "pass" : "inconclusive";
}

/**
 * Shown is the latency of all endpoints; judged together are those that the gate gives no latency ratio of their own. The
 * others fail by themselves.
 */
function wholeLatency({ latencies, pairs }: RunRows, gate: Gate, endpoints: readonly JudgedEndpoint[]) {
  const bar = evidenceBar();
  const all = judgedLatency(sumLatencies(latencies), mergeSamples(pairs), gate.latencyRatio, bar);
  const special = new Set(
    endpoints
      .filter(({ thresholds }) => thresholds.latencyRatio !== gate.latencyRatio)
      .map(({ report }) => report.endpoint),
  );
  if (special.size === 0) return all;
  const isUsual = ({ endpoint }: { readonly endpoint: string }): boolean => !special.has(endpoint);
  const sample = mergeSamples(pairs.filter(isUsual));
  const usual = judgedLatency(sumLatencies(latencies.filter(isUsual)), sample, gate.latencyRatio, bar);
  const { allowed, verdict } = usual.report;
  return { report: { ...all.report, allowed, verdict }, judgement: usual.judgement };
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

function endpointRows({ outcomes, latencies, pairs, statuses }: RunRows): EndpointRows[] {
  const [latenciesOf, sampleOf, statusesOf] = [byPlace(latencies), byPlace(pairs), byPlace(statuses)];
  return outcomes.map(({ route, endpoint, rows }) => {
    const key = endpointKey({ route, endpoint });
    return {
      route,
      endpoint,
      outcomes: rows,
      fields: countFields(rows),
      latencies: latenciesOf.get(key) ?? NO_LATENCIES,
      sample: sampleOf.get(key) ?? NO_PAIRS,
      statuses: statusesOf.get(key) ?? NO_STATUSES,
    };
  });
}

/** What is told of each endpoint, by `endpointKey`. */
export function byPlace<Rows>(all: readonly PerEndpoint<Rows>[]): ReadonlyMap<string, Rows> {
  return new Map(all.map((each) => [endpointKey(each), each.rows]));
}

function sumOver(endpoints: readonly JudgedEndpoint[], name: keyof Counting): number {
  return endpoints.reduce((sum, endpoint) => sum + endpoint[name], 0);
}

function countBeyondCap(rows: readonly OutcomeRow[]): number {
  return rows.reduce((sum, { beyondCap, count }) => (beyondCap ? sum + count : sum), 0);
}
