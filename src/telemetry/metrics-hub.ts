import type { Registry as AnyRegistry } from "prom-client";
import { createOpenMetrics, prefersOpenMetrics } from "./exposition/open-metrics.ts";
import type { SnapshotMetric } from "./metric-snapshot.ts";
import { AggregatorRegistry, Registry } from "./prometheus.ts";

export interface MetricsHub {
  /** The registry of the main thread. */
  readonly registry: AnyRegistry;
  /** Stores the latest snapshot of a running thread, the result of `registry.getMetricsAsJSON()`. */
  update(thread: string, snapshot: readonly object[]): void;
  /** Handles the end of a thread: its counters remain in every sum, its gauges are removed. The name can be reused. */
  retire(thread: string): void;
  /**
   * The sum of a metric over all worker threads, including those that have ended, as of their latest snapshots.
   * @param name for histograms with the suffix `_bucket`, `_sum` or `_count`
   * @param labels only series with these labels
   */
  count(name: string, labels: Readonly<Record<string, string>>): number;
  /**
   * The metrics of all threads in the text format of Prometheus; with exemplars in that of OpenMetrics for those who prefer it.
   * @param accept the Accept field of the request
   */
  expose(accept?: string): Promise<{ readonly contentType: string; readonly body: string }>;
}

/**
 * Aggregates the metrics of all threads. Series with equal labels are summed, so gauges that must not be summed have the label
 * `thread`. Counters never decrease, even if a thread is restarted; the counts since its last snapshot are lost.
 */
export function createMetricsHub(): MetricsHub {
  const registry = new Registry();
  const running = new Map<string, readonly SnapshotMetric[]>();
  let retired: readonly SnapshotMetric[] = [];

  return {
    registry,
    update: (thread, snapshot) => void running.set(thread, snapshot as readonly SnapshotMetric[]),
    retire(thread) {
      const last = running.get(thread);
      if (last === undefined) return;
      running.delete(thread);
      retired = sum([retired, last.filter(isCumulative)]);
    },
    count: (name, labels) =>
      [...running.values(), retired].flat().reduce((total, metric) => total + countIn(metric, name, labels), 0),
    async expose(accept = "") {
      const own = (await registry.getMetricsAsJSON()) as unknown as readonly SnapshotMetric[];
      const snapshots = [own, ...running.values(), retired];
      const all = prefersOpenMetrics(accept)
        ? createOpenMetrics(sum(snapshots), snapshots.flat())
        : AggregatorRegistry.aggregate(snapshots);
      return { contentType: all.contentType, body: await all.metrics() };
    },
  };
}

function countIn(metric: SnapshotMetric, name: string, labels: Readonly<Record<string, string>>): number {
  // The name of a series begins with that of its metric. Most metrics are others, and some have thousands of series.
  if (!name.startsWith(metric.name)) return 0;
  const wanted = Object.entries(labels);
  return metric.values
    .filter((series) => (series.metricName ?? metric.name) === name)
    .filter((series) => wanted.every(([label, value]) => String(series.labels[label]) === value))
    .reduce((total, { value }) => total + value, 0);
}

function isCumulative(metric: SnapshotMetric): boolean {
  return metric.type === "counter" || metric.type === "histogram";
}

/** Sums snapshots. The metrics of the aggregated registry already have the form of a snapshot. */
function sum(snapshots: readonly (readonly SnapshotMetric[])[]): readonly SnapshotMetric[] {
  return AggregatorRegistry.aggregate(
    snapshots as unknown as object[],
  ).getMetricsAsArray() as unknown as SnapshotMetric[];
}
