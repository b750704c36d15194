import type { Registry } from "prom-client";
import { Counter } from "./prometheus.ts";
import { SeriesTree } from "./series-tree.ts";

interface Pending {
  readonly labels: Record<string, string | number>;
  count: number;
}

export interface FastCounter {
  /** Increments the series with these label values, given in the order of the label names. */
  inc(...labels: readonly [string | number, ...(string | number)[]]): void;
  /**
   * Creates the series with these label values and the value 0. Prometheus computes rates from the first value that it
   * scrapes, so a series that appears with its first event hides that event.
   */
  initialize(...labels: readonly [string | number, ...(string | number)[]]): void;
}

/** A prom-client counter for hot paths: increments are collected separately and added when the metrics are read. */
export function createFastCounter(
  registry: Registry,
  options: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] },
): FastCounter {
  const { name, help, labelNames } = options;
  const series = new SeriesTree<Pending>((values) => ({
    labels: Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? ""])),
    count: 0,
  }));
  const counter = new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      for (const pending of series.leaves()) {
        counter.inc(pending.labels, pending.count);
        pending.count = 0;
      }
    },
  });
  return {
    inc(...labels) {
      series.at(...labels).count += 1;
    },
    initialize: (...labels) => void series.at(...labels),
  };
}
