/** A metric in the result of prom-client's `getMetricsAsJSON`, whose own types wrongly declare `type` as a number. */
export interface SnapshotMetric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly aggregator: string;
  readonly values: readonly SnapshotValue[];
}

export interface SnapshotValue {
  /** For histograms: the name with the suffix `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string | undefined;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}
