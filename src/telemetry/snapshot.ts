/** The JSON form in which prom-client's `getMetricsAsJSON` gives a metric; its own types call `type` a number. */
export interface SnapshotMetric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly aggregator: string;
  readonly values: readonly SnapshotValue[];
}

export interface SnapshotValue {
  /** For histograms: the name with `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string | undefined;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}
