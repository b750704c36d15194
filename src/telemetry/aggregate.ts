import type { Registry as AnyRegistry } from "prom-client";
import { AggregatorRegistry, Registry } from "./prometheus.ts";
import type { SnapshotMetric } from "./snapshot.ts";

export interface MetricsHub {
  /** For what the main thread itself counts. */
  readonly registry: AnyRegistry;
  /** Keeps the newest snapshot of a living thread, in the form of `registry.getMetricsAsJSON()`. */
  update(thread: string, snapshot: readonly object[]): void;
  /** A thread has died: its counts stay in every sum, its gauges vanish. A thread of the same name may come after it. */
  retire(thread: string): void;
  /**
   * What the worker threads, dead ones too, have counted under this name, as of their last snapshots; of histograms the
   * name goes with its ending.
   * @param labels only series that carry these
   */
  count(name: string, labels: Readonly<Record<string, string>>): number;
  /** All threads added up, in the text form that Prometheus reads. */
  expose(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/**
 * Adds the metrics of all threads up. Series with equal labels are summed, so a gauge that is not meant as a sum carries
 * the label `thread`. Totals never go down, also not when a thread is replaced; what a thread counted after its last
 * snapshot dies with it.
 */
export function createMetricsHub(): MetricsHub {
  const registry = new Registry();
  const living = new Map<string, readonly SnapshotMetric[]>();
  let retired: readonly SnapshotMetric[] = [];

  return {
    registry,
    update: (thread, snapshot) => void living.set(thread, snapshot as readonly SnapshotMetric[]),
    retire(thread) {
      const last = living.get(thread);
      if (last === undefined) return;
      living.delete(thread);
      retired = sum([retired, last.filter(isCumulative)]);
    },
    count: (name, labels) =>
      [...living.values(), retired].flat().reduce((total, metric) => total + countIn(metric, name, labels), 0),
    async expose() {
      const own = (await registry.getMetricsAsJSON()) as unknown as readonly SnapshotMetric[];
      const all = AggregatorRegistry.aggregate([own, ...living.values(), retired] as object[]);
      return { contentType: all.contentType, body: await all.metrics() };
    },
  };
}

function countIn(metric: SnapshotMetric, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels);
  return metric.values
    .filter((series) => (series.metricName ?? metric.name) === name)
    .filter((series) => wanted.every(([label, value]) => String(series.labels[label]) === value))
    .reduce((total, { value }) => total + value, 0);
}

function isCumulative(metric: SnapshotMetric): boolean {
  return metric.type === "counter" || metric.type === "histogram";
}

/** What the aggregated registry holds are the sums themselves, in the form of a snapshot. */
function sum(snapshots: readonly (readonly SnapshotMetric[])[]): readonly SnapshotMetric[] {
  return AggregatorRegistry.aggregate(
    snapshots as unknown as object[],
  ).getMetricsAsArray() as unknown as SnapshotMetric[];
}
