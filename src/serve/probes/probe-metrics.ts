import type { Registry } from "prom-client";
import { PROBE_OUTCOMES, PROBE_PURPOSES } from "../../model/isolate/probe.ts";
import type { ProbeMetrics } from "../../probe/probe-sender.ts";
import { Counter } from "../../telemetry/prometheus.ts";

/**
 * Counts requests that were sent again. They are no requests of clients: no other metric and no verdict has them.
 * @param candidates their counters begin with 0
 */
export function createProbeMetrics(registry: Registry, candidates: readonly string[]): ProbeMetrics {
  const probes = new Counter({
    name: "shadowdiff_probes_total",
    help: "Requests sent again, to all versions, to compare them afresh or to isolate a cause, by result. No other metric counts them.",
    labelNames: ["candidate", "purpose", "result"],
    registers: [registry],
  });
  for (const candidate of candidates) {
    for (const purpose of PROBE_PURPOSES)
      for (const result of PROBE_OUTCOMES) probes.inc({ candidate, purpose, result }, 0);
  }
  return { probed: (candidate, purpose, result) => probes.inc({ candidate, purpose, result }) };
}
