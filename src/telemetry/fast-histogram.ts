import type { Metric, Registry } from "prom-client";
import { SeriesTree } from "./series-tree.ts";
import type { SnapshotMetric, SnapshotValue } from "./metric-snapshot.ts";

interface Distribution {
  readonly labels: Record<string, string | number>;
  /** Counts per bucket, not cumulative; the last one is the bucket above all bounds. */
  readonly counts: Float64Array;
  sum: number;
}

export interface FastHistogram {
  /** Records a value in the series with these label values, given in the order of the label names. */
  observe(value: number, ...labels: readonly [string | number, ...(string | number)[]]): void;
}

/**
 * A histogram for hot paths. The one of prom-client takes 0.5 µs per observation and cannot take over counts that were
 * collected elsewhere. This one registers with the prom-client registry and returns its data in the same form.
 * @param options.buckets upper bounds in ascending order
 */
export function createFastHistogram(
  registry: Registry,
  options: {
    readonly name: string;
    readonly help: string;
    readonly labelNames: readonly string[];
    readonly buckets: readonly number[];
  },
): FastHistogram {
  const { name, help, labelNames, buckets } = options;
  const series = new SeriesTree<Distribution>((values) => ({
    labels: Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? ""])),
    counts: new Float64Array(buckets.length + 1),
    sum: 0,
  }));

  function valuesOf({ labels, counts, sum }: Distribution): SnapshotValue[] {
    let total = 0;
    const cumulative = Array.from(counts, (count) => (total += count));
    const bounds = [...buckets, "+Inf"];
    return [
      ...bounds.map((le, index) => ({
        metricName: `${name}_bucket`,
        labels: { le, ...labels },
        value: cumulative[index] ?? 0,
      })),
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: total },
    ];
  }

  const metric = {
    name,
    get: async (): Promise<SnapshotMetric> => ({
      name,
      help,
      type: "histogram",
      aggregator: "sum",
      values: series.leaves().flatMap(valuesOf),
    }),
    // Required by the interface of a registered metric, although only tests call it.
    reset(): void {
      for (const distribution of series.leaves()) {
        distribution.counts.fill(0);
        distribution.sum = 0;
      }
    },
  };
  // A registry uses only name, get and reset, but its types require one of its four classes.
  registry.registerMetric(metric as unknown as Metric);

  return {
    observe(value, ...labels) {
      const distribution = series.at(...labels);
      let index = 0;
      while (index < buckets.length && value > (buckets[index] as number)) index += 1;
      distribution.counts[index] = (distribution.counts[index] as number) + 1;
      distribution.sum += value;
    },
  };
}
