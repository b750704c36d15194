import type { Registry } from "prom-client";
import type { BreakerReport } from "../model/control.ts";
import { Counter, Gauge } from "./prometheus.ts";

const OPEN = "shadowdiff_breaker_open";
const HALF_OPEN = "shadowdiff_breaker_half_open";
const FAILURES = "shadowdiff_breaker_failures_total";
const OPENS = "shadowdiff_breaker_opens_total";

/**
 * Metrics of the circuit breakers of a proxy thread. Every breaker has a series from the start, with the value 0.
 * @param read called with each scrape; breakers that it no longer returns are removed
 */
export function createBreakerMetrics(registry: Registry, read: () => readonly BreakerReport[]): void {
  const labelNames = ["route", "candidate"];
  const registers: Registry[] = [];
  const addGauge = (name: string, help: string, valueOf: (breaker: BreakerReport) => number): void => {
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
  const addCounter = (name: string, help: string, valueOf: (breaker: BreakerReport) => number): void => {
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
  addGauge(
    OPEN,
    "Proxy threads whose circuit breaker for the candidate is open: they drop its requests after repeated failures.",
    ({ state }) => (state === "open" ? 1 : 0),
  );
  addGauge(
    HALF_OPEN,
    "Proxy threads whose circuit breaker for the candidate is half-open: the next request is a probe.",
    ({ state }) => (state === "half-open" ? 1 : 0),
  );
  addCounter(
    FAILURES,
    "Failed responses of the candidate that count toward its circuit breaker.",
    ({ failures }) => failures,
  );
  addCounter(OPENS, "Number of times the candidate's circuit breaker opened.", (breaker) => breaker.opens);
}

/**
 * The circuit breaker of a candidate on a route, aggregated over all threads.
 * @param count sums a metric over all threads
 */
export function breakerView(
  count: (name: string, labels: Readonly<Record<string, string>>) => number,
  route: string,
  candidate: string,
): Omit<BreakerReport, "route" | "candidate"> {
  const countOf = (name: string): number => count(name, { route, candidate });
  const state = countOf(OPEN) > 0 ? "open" : countOf(HALF_OPEN) > 0 ? "half-open" : "closed";
  return { state, failures: countOf(FAILURES), opens: countOf(OPENS) };
}

function labelsOf({ route, candidate }: BreakerReport): Record<string, string> {
  return { route, candidate };
}
