import { matchesEndpoint } from "../../compare/rules/rule-match.ts";
import type { Verdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";

/** The limits of latencies. */
export type LatencyLimits = Pick<Gate, "latencyRatio" | "p95Ratio" | "p99Ratio" | "p95Ms" | "p99Ms">;

/** The thresholds that one endpoint is held to. */
export type Thresholds = LatencyLimits & Pick<Gate, "parity" | "minCompared" | "errorRate">;

/** A verdict with its reasons. */
export interface Judgment {
  readonly verdict: Verdict;
  /** Sentences with numbers; empty for a plain pass. */
  readonly reasons: readonly string[];
}

const LATENCY_LIMITS = ["latencyRatio", "p95Ratio", "p99Ratio", "p95Ms", "p99Ms"] as const;

/** Whether an endpoint is held to a latency limit of its own, so that it is judged apart from the others. */
export function hasOwnLatencyLimit(thresholds: Thresholds, gate: Gate): boolean {
  return LATENCY_LIMITS.some((name) => thresholds[name] !== gate[name]);
}

/** The thresholds of an endpoint: those of the first entry that matches it, and the gate's for the rest. */
export function thresholdsOf(gate: Gate, endpoint: string): Thresholds {
  const own = gate.endpoints.find((entry) => matchesEndpoint(entry.endpoint, endpoint));
  return {
    parity: own?.parity ?? gate.parity,
    latencyRatio: own?.latencyRatio ?? gate.latencyRatio,
    p95Ratio: own?.p95Ratio ?? gate.p95Ratio,
    p99Ratio: own?.p99Ratio ?? gate.p99Ratio,
    p95Ms: own?.p95Ms ?? gate.p95Ms,
    p99Ms: own?.p99Ms ?? gate.p99Ms,
    minCompared: own?.minCompared ?? gate.minCompared,
    errorRate: own?.errorRate ?? gate.errorRate,
  };
}

/**
 * What the gate's coverage requires and the run lacks: endpoints that match an entry and have too few compared exchanges, and
 * entries that match no endpoint.
 * @param totals compared exchanges; an endpoint may be listed once per route
 */
export function uncoveredEndpoints(
  gate: Gate,
  totals: readonly { readonly endpoint: string; readonly compared: number }[],
): readonly string[] {
  const compared = new Map<string, number>();
  for (const each of totals) compared.set(each.endpoint, (compared.get(each.endpoint) ?? 0) + each.compared);
  const uncovered = gate.coverage.flatMap((pattern) => {
    const matching = [...compared].filter(([endpoint]) => matchesEndpoint(pattern, endpoint));
    if (matching.length === 0) return [pattern];
    return matching
      .filter(([endpoint, count]) => count < thresholdsOf(gate, endpoint).minCompared)
      .map(([endpoint]) => endpoint);
  });
  return [...new Set(uncovered)];
}
