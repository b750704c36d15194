import { matchesEndpoint } from "../../compare/rules/rule-match.ts";
import type { Verdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";

/** The thresholds that one endpoint is held to. */
export type Thresholds = Pick<Gate, "parity" | "latencyRatio" | "minCompared" | "errorRate">;

/** A verdict with its reasons. */
export interface Judgment {
  readonly verdict: Verdict;
  /** Sentences with numbers; empty for a plain pass. */
  readonly reasons: readonly string[];
}

/** The thresholds of an endpoint: those of the first entry that matches it, and the gate's for the rest. */
export function thresholdsOf(gate: Gate, endpoint: string): Thresholds {
  const own = gate.endpoints.find((entry) => matchesEndpoint(entry.endpoint, endpoint));
  return {
    parity: own?.parity ?? gate.parity,
    latencyRatio: own?.latencyRatio ?? gate.latencyRatio,
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
