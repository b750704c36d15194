import { OVERFLOW_ENDPOINT } from "../lib/overflow-endpoint.ts";
import type { StatusPairCount } from "../model/difference.ts";
import type { Accounting, Overflow, Report, Verdict } from "../model/report.ts";
import type { Gate } from "../model/run.ts";
import type { LatencyRow, LatencySample, OutcomeRow } from "../store/store.ts";
import { evidenceBar } from "./e-values.ts";
import { uncoveredEndpoints } from "./endpoint-gate.ts";
import { errorCounts, errorRates, judgeErrors } from "./error-rate.ts";
import { judgedEndpoint, type Bars, type EndpointRows, type JudgedEndpoint, type Weigh } from "./judged-endpoint.ts";
import { judgedLatency } from "./latency-report.ts";
import { mergeSamples } from "./latency-sample.ts";
import { countFields, realFieldBar } from "./noise.ts";
import type { Counting } from "./parity.ts";
import { judgeRun, runThresholds } from "./run-verdict.ts";
import { wilsonInterval } from "./statistics.ts";
import { stillNeeded } from "./verdict.ts";

/** What was counted of one candidate in a run. */
export interface RunRows {
  readonly accounting: Accounting;
  /** Whether the run has a secondary. */
  readonly hasSecondary: boolean;
  readonly outcomes: readonly OutcomeRow[];
  readonly latencies: readonly LatencyRow[];
  /** One for each endpoint. */
  readonly pairs: readonly LatencySample[];
  /** Of the candidate. */
  readonly statuses: readonly StatusPairCount[];
}

export interface JudgedRun extends Pick<
  Report,
  "verdict" | "reasons" | "parity" | "latency" | "needed" | "errors" | "uncovered"
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
    field: realFieldBar(byEndpoint.flatMap(({ fields }) => [...fields.values()])),
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
    endpoints: countWhere(outcomes, ({ endpoint }) => endpoint === OVERFLOW_ENDPOINT),
    differenceSets: countWhere(outcomes, ({ beyondCap }) => beyondCap),
  };
  const judgement = judgeRun(
    {
      ...counts,
      accounting,
      hasSecondary,
      parity,
      latency: latency.judgement,
      errors,
      endpoints: endpoints.map(({ report, open }) => ({ ...report, open })),
      uncovered,
      overflow,
    },
    thresholds,
  );
  return {
    ...judgement,
    parity,
    latency: latency.report,
    needed: stillNeeded(counts, thresholds),
    errors: errorRates(statuses, errors),
    uncovered,
    overflow,
  };
}

/**
 * Shown is the latency of all endpoints; judged together are those that the gate gives no latency ratio of their own. The
 * others fail by themselves.
 */
function wholeLatency({ latencies, pairs }: RunRows, gate: Gate, endpoints: readonly JudgedEndpoint[]) {
  const bar = evidenceBar();
  const all = judgedLatency(latencies, mergeSamples(pairs), gate.latencyRatio, bar);
  const special = new Set(
    endpoints
      .filter(({ thresholds }) => thresholds.latencyRatio !== gate.latencyRatio)
      .map(({ report }) => report.endpoint),
  );
  if (special.size === 0) return all;
  const isUsual = ({ endpoint }: { readonly endpoint: string }): boolean => !special.has(endpoint);
  const usual = judgedLatency(latencies.filter(isUsual), mergeSamples(pairs.filter(isUsual)), gate.latencyRatio, bar);
  const { allowed, verdict } = usual.report;
  return { report: { ...all.report, allowed, verdict }, judgement: usual.judgement };
}

const NO_PAIRS: Pick<LatencySample, "rows"> = { rows: new Float32Array() };

function endpointRows({ outcomes, latencies, pairs, statuses }: RunRows): EndpointRows[] {
  const [latenciesOf, samplesOf] = [byPlace(latencies), byPlace(pairs)];
  const statusesOf = byPlace(statuses);
  return [...byPlace(outcomes)].map(([key, rows]) => {
    const [{ endpoint, route } = { endpoint: "", route: "" }] = rows;
    return {
      route,
      endpoint,
      outcomes: rows,
      fields: countFields(rows),
      latencies: latenciesOf.get(key) ?? [],
      sample: samplesOf.get(key)?.[0] ?? NO_PAIRS,
      statuses: statusesOf.get(key) ?? [],
    };
  });
}

/** Rows by endpoint and route. Most rows stand beside others of theirs, so that few names are made. */
export function byPlace<Row extends { readonly route: string; readonly endpoint: string }>(
  rows: readonly Row[],
): ReadonlyMap<string, readonly Row[]> {
  const places = new Map<string, Row[]>();
  let before: Row | undefined;
  let group: Row[] = [];
  for (const row of rows) {
    if (before === undefined || row.endpoint !== before.endpoint || row.route !== before.route) {
      const key = endpointKey(row);
      group = places.get(key) ?? [];
      places.set(key, group);
    }
    group.push(row);
    before = row;
  }
  return places;
}

const URGENCY: Readonly<Record<Verdict, number>> = { fail: 0, inconclusive: 1, pass: 2 };

function urgency({ report, open }: JudgedEndpoint): number {
  return report.verdict === "inconclusive" && !open ? URGENCY.pass : URGENCY[report.verdict];
}

/** Failing endpoints first, then those that keep the run from passing, then by differences and traffic. */
function byUrgency(a: JudgedEndpoint, b: JudgedEndpoint): number {
  return (
    urgency(a) - urgency(b) ||
    b.counting - a.counting ||
    b.report.compared - a.report.compared ||
    (endpointKey(a.report) < endpointKey(b.report) ? -1 : 1)
  );
}

/** Names an endpoint of a route. */
export function endpointKey({ route, endpoint }: { readonly route: string; readonly endpoint: string }): string {
  return `${endpoint}\n${route}`;
}

function sumOver(endpoints: readonly JudgedEndpoint[], name: keyof Counting): number {
  return endpoints.reduce((sum, endpoint) => sum + endpoint[name], 0);
}

function countWhere(rows: readonly OutcomeRow[], condition: (row: OutcomeRow) => boolean): number {
  return rows.reduce((sum, row) => (condition(row) ? sum + row.count : sum), 0);
}
