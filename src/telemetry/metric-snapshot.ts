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
  /** Of a bucket; the histograms of prom-client have null. */
  readonly exemplar?: Exemplar | null | undefined;
}

/** A request that was counted in a bucket (OpenMetrics §4.6.1). */
export interface Exemplar {
  readonly labelSet: { readonly trace_id: string };
  readonly value: number;
  /** Unix seconds. */
  readonly timestamp: number;
}
