import type { Registry } from "prom-client";
import type { BreakerReport } from "../model/control.ts";
import { Counter, Gauge } from "./prometheus.ts";

const OPEN = "shadowdiff_breaker_open";
const HALF_OPEN = "shadowdiff_breaker_half_open";
const FAILURES = "shadowdiff_breaker_failures_total";
const OPENS = "shadowdiff_breaker_opens_total";

/**
 * The circuit breakers of a proxy thread, from a visible zero.
 * @param read called whenever the metrics are read; what it leaves out is no longer shown
 */
export function createBreakerMetrics(registry: Registry, read: () => readonly BreakerReport[]): void {
  const labelNames = ["route", "candidate"];
  const registers: Registry[] = [];
  const show = (name: string, help: string, valueOf: (breaker: BreakerReport) => number): void => {
    const gauge = new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const breaker of read()) this.set(labelsOf(breaker), valueOf(breaker));
      },
    });
    registry.registerMetric(gauge);
  };
  const count = (name: string, help: string, valueOf: (breaker: BreakerReport) => number): void => {
    const counter = new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const breaker of read()) this.inc(labelsOf(breaker), valueOf(breaker));
      },
    });
    registry.registerMetric(counter);
  };
  show(OPEN, "Proxy threads that send a candidate nothing, because it failed too often in a row.", ({ state }) =>
    state === "open" ? 1 : 0,
  );
  show(HALF_OPEN, "Proxy threads of which the next copy probes whether a candidate answers again.", ({ state }) =>
    state === "half-open" ? 1 : 0,
  );
  count(FAILURES, "Copies to which a candidate failed to answer.", ({ failures }) => failures);
  count(
    OPENS,
    "How often a candidate failed so often in a row that nothing was sent to it for a while.",
    (breaker) => breaker.opens,
  );
}

/**
 * One candidate of one route over all threads.
 * @param count adds a metric up over the threads
 */
export function breakerView(
  count: (name: string, labels: Readonly<Record<string, string>>) => number,
  route: string,
  candidate: string,
): Omit<BreakerReport, "route" | "candidate"> {
  const of = (name: string): number => count(name, { route, candidate });
  const state = of(OPEN) > 0 ? "open" : of(HALF_OPEN) > 0 ? "half-open" : "closed";
  return { state, failures: of(FAILURES), opens: of(OPENS) };
}

function labelsOf({ route, candidate }: BreakerReport): Record<string, string> {
  return { route, candidate };
}
