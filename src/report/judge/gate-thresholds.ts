import { matchesEndpoint } from "../../compare/rules/rule-match.ts";
import type { Gate } from "../../model/run.ts";

/** The thresholds that one endpoint is held against. */
export type Thresholds = Pick<Gate, "parity" | "latencyRatio" | "minCompared" | "errorRate">;

/** The gate's thresholds with those of the first entry that matches the endpoint in their place. */
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
 * What the gate's coverage asks for and the run does not have: endpoints that match an entry and were compared too seldom,
 * and entries that no endpoint matches.
 * @param seen compared exchanges; an endpoint may stand there once per route
 */
export function uncoveredEndpoints(
  gate: Gate,
  seen: readonly { readonly endpoint: string; readonly compared: number }[],
): readonly string[] {
  const compared = new Map<string, number>();
  for (const each of seen) compared.set(each.endpoint, (compared.get(each.endpoint) ?? 0) + each.compared);
  const uncovered = gate.coverage.flatMap((pattern) => {
    const matching = [...compared].filter(([endpoint]) => matchesEndpoint(pattern, endpoint));
    if (matching.length === 0) return [pattern];
    return matching
      .filter(([endpoint, count]) => count < thresholdsOf(gate, endpoint).minCompared)
      .map(([endpoint]) => endpoint);
  });
  return [...new Set(uncovered)];
}
