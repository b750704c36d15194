import { proposedTemplates } from "../../endpoints/proposed-templates.ts";
import type { FailureCount, StatusPairCount } from "../../model/difference.ts";
import { OVERFLOW_ENDPOINT } from "../../model/difference.ts";
import type { Accounting, Overflow } from "../../model/accounting.ts";
import type { Report, Verdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import { byUrgency, endpointKey } from "../../presentation/order/endpoint-order.ts";
import { formatCount, formatPlural } from "../../presentation/words/number-format.ts";
import type { LatencyHistograms, OutcomeRow, PerEndpoint } from "../../store/store.ts";
import { failuresByRole, NO_FAILURES, failureReports } from "../causes/field-failures.ts";
import { rowsByEndpoint } from "../read-counts.ts";
import { isRateBelow } from "../statistics/confidence-sequence.ts";
import { NO_SERIES, sumSeries, type BlockSeries } from "../statistics/block-series.ts";
import { evidenceBar } from "../statistics/e-values.ts";
import { wilsonInterval } from "../statistics/wilson-interval.ts";
import { comparedCounts } from "./accounting-totals.ts";
import { parityEvidence, stillNeeded, type ParityCounts } from "./parity-verdict.ts";
import { decideErrorVerdict, errorCounts, errorRates, primarySuccess } from "./error-rate.ts";
import type { RunFields } from "./field-verdicts.ts";
import { uncoveredEndpoints } from "./gate-thresholds.ts";
import { judgeEndpoint, type EndpointCounts, type JudgedEndpoint } from "./judge-endpoint.ts";
import { judgeAllLatencies } from "./latency/judge-all-latencies.ts";
import { NO_TIMELINE, timelineOf } from "./latency/latency-timeline.ts";
import { decideRunVerdict, runThresholds } from "./run-verdict.ts";
import { heaviestExchange } from "./traffic/traffic-blocks.ts";
import { priceOfWeights } from "./traffic/traffic-counts.ts";

/** The counts of one candidate that are judged along with its differing fields. */
export interface CandidateCounts {
  readonly accounting: Accounting;
  /** Whether the run has a secondary. */
  readonly hasSecondary: boolean;
  readonly latencies: readonly PerEndpoint<LatencyHistograms>[];
  /** Status pairs of the candidate. */
  readonly statuses: readonly PerEndpoint<readonly StatusPairCount[]>[];
  /** Failures of candidate and secondary. */
  readonly failures: readonly PerEndpoint<readonly FailureCount[]>[];
  /** Compared exchanges that differ only as in the baseline. */
  readonly known?: number | undefined;
}

export interface JudgedCandidate extends Pick<
  Report,
  "verdict" | "reasons" | "parity" | "parityVerdict" | "latency" | "needed" | "errors" | "primarySuccess" | "uncovered"
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
  const heaviest = heaviestExchange(fields.endpoints);
  const endpoints = joinCounts(counts, fields)
    .map((each) => judgeEndpoint(each, gate, endpointBar, heaviest))
    .toSorted(byUrgency);
  return { ...judgeTogether(counts, fields, gate, { endpoints, heaviest }), endpoints };
}

interface EndpointsTogether {
  readonly endpoints: readonly JudgedEndpoint[];
  /** See `heaviestExchange`. */
  readonly heaviest: number;
}

/** Judges all endpoints together, by traffic. */
function judgeTogether(
  counts: CandidateCounts,
  fields: RunFields,
  gate: Gate,
  { endpoints, heaviest }: EndpointsTogether,
): Omit<JudgedCandidate, "endpoints"> {
  const { accounting, hasSecondary } = counts;
  const price = priceOfWeights(heaviest);
  const bar = evidenceBar(price);
  const totals = endpoints.map(({ report, thresholds }) => ({ ...report, thresholds }));
  const thresholds = runThresholds(
    gate,
    endpoints.map(({ byTraffic, thresholds: own }) => ({ compared: byTraffic.compared, thresholds: own })),
  );
  const parityCounts = countsTogether(endpoints, heaviest, accounting.compared);
  const { compared } = parityCounts;
  const parity = wilsonInterval(compared - parityCounts.counting, compared);
  const statuses = endpoints.flatMap(({ byTraffic }) => byTraffic.statuses);
  const errors = errorCounts(statuses);
  const errorsOverTime = seriesTogether(endpoints, "errors");
  const errorVerdict = decideErrorVerdict(errors, thresholds.errorRate, bar, errorsOverTime);
  const provenOverTime = seriesTogether(endpoints, "proven");
  const below = parityEvidence(parityCounts, thresholds, provenOverTime);
  const afterPrice = { ...below, evidence: below.evidence - Math.log(price) };
  const success = primarySuccess(statuses);
  const latency = judgeAllLatencies(
    endpoints.map(({ thresholds: own, byTraffic }) => ({ thresholds: own, latencies: byTraffic.latencies })),
    gate,
    bar,
  );
  const uncovered = uncoveredEndpoints(gate, totals);
  const overflow = overflowOf(fields);
  const verdict = decideRunVerdict(
    {
      ...parityCounts,
      accounting,
      hasSecondary,
      secondaryFailures: failureReports(counts.failures.flatMap(({ rows }) => failuresByRole(rows).secondary)),
      parity,
      below: afterPrice,
      latency: latency.judgment,
      errors: errorVerdict,
      primarySuccess: success,
      endpoints: endpoints.map(({ report, isBlocking }) => ({ ...report, isBlocking })),
      uncovered,
      overflow,
      known: counts.known ?? 0,
    },
    thresholds,
  );
  return {
    ...verdict,
    reasons: [...verdict.reasons, ...weighedReason(accounting.compared, { compared, heaviest })],
    parity,
    parityVerdict: parityVerdictOf(parityCounts, gate, provenOverTime, bar),
    latency: latency.report,
    needed: inExchanges(stillNeeded(parityCounts, thresholds), heaviest === 1 ? 1 : accounting.compared / compared),
    errors: errorRates(errors, errorVerdict),
    primarySuccess: success,
    uncovered,
    overflow,
  };
}

/** What the parity of all endpoints says on its own: inconclusive while its differences may still be noise. */
function parityVerdictOf(counts: ParityCounts, { parity }: Gate, overTime: BlockSeries, bar: number): Verdict {
  if (parityEvidence(counts, { parity }, overTime).evidence >= bar) return "fail";
  return counts.compared > 0 && isRateBelow(counts.counting, counts.compared, 1 - parity) ? "pass" : "inconclusive";
}

const NO_STATUSES: readonly StatusPairCount[] = [];

function joinCounts({ latencies, statuses, failures }: CandidateCounts, { endpoints }: RunFields): EndpointCounts[] {
  const [latenciesOf, statusesOf] = [rowsByEndpoint(latencies), rowsByEndpoint(statuses)];
  const failuresOf = rowsByEndpoint(failures);
  return endpoints.map((fields) => {
    const key = endpointKey(fields);
    const totals = latenciesOf.get(key);
    return {
      ...fields,
      latencies: totals === undefined ? NO_TIMELINE : timelineOf(totals, fields),
      statuses: statusesOf.get(key) ?? NO_STATUSES,
      failures: failuresByRole(failuresOf.get(key) ?? NO_FAILURES).candidate,
    };
  });
}

function overflowOf({ endpoints }: RunFields): JudgedCandidate["overflow"] {
  const compared = new Map<string, number>();
  let beyondSetCap = 0;
  for (const { endpoint, outcomes } of endpoints) {
    compared.set(endpoint, (compared.get(endpoint) ?? 0) + comparedCounts(outcomes).compared);
    beyondSetCap += countBeyondCap(outcomes);
  }
  const beyondEndpointCap = compared.get(OVERFLOW_ENDPOINT) ?? 0;
  const templates = beyondEndpointCap === 0 ? [] : proposedTemplates(compared);
  return { endpoints: beyondEndpointCap, templates, differenceSets: beyondSetCap };
}

function countBeyondCap(rows: readonly OutcomeRow[]): number {
  return rows.reduce((sum, { beyondCap, count }) => (beyondCap ? sum + count : sum), 0);
}

/** Weighed counts are fractions. Compared exchanges are counted in full, because what is still needed is searched among integers. */
function countsTogether(endpoints: readonly JudgedEndpoint[], heaviest: number, exchanges: number): ParityCounts {
  const sum = (name: keyof ParityCounts): number =>
    endpoints.reduce((total, { byTraffic }) => total + byTraffic[name], 0);
  const all = sum("compared");
  const compared = heaviest === 1 ? exchanges : Math.max(1, Math.floor(all));
  const scale = heaviest === 1 ? 1 : compared / all;
  return {
    compared,
    counting: sum("counting") * scale,
    proven: sum("proven") * scale,
    unknown: sum("unknown") * scale,
  };
}

/** Why the numbers of the run are smaller than those of its endpoints together. */
function weighedReason(
  exchanges: number,
  { compared, heaviest }: { readonly compared: number; readonly heaviest: number },
): string[] {
  if (heaviest === 1) return [];
  const counted = `${formatPlural(exchanges, "compared response")} count as ${formatCount(compared)}`;
  return [`the totals are weighed by traffic: ${counted}, as in a uniform sample at the smallest share`];
}

/** @param perCounted compared exchanges for each counted one */
function inExchanges(needed: number | null, perCounted: number): number | null {
  return needed === null ? null : Math.ceil(needed * perCounted);
}

/** The sum over all endpoints; without the events that it counts, no endpoint needs to be read. */
function seriesTogether(
  endpoints: readonly JudgedEndpoint[],
  name: keyof JudgedEndpoint["byTraffic"]["overTime"],
): BlockSeries {
  const all = endpoints.map(({ byTraffic }) => byTraffic.overTime[name]);
  return all.some(({ first }) => first.some((count) => count > 0)) ? sumSeries(all) : NO_SERIES;
}
