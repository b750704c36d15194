import { bucketOf, fineBucketOf } from "../../src/lib/log-buckets.ts";
import type { LatencySeries } from "../../src/model/latency.ts";

/** The bucket in which a series counts a value. */
export function bucketFor(series: LatencySeries, value: number): number {
  const isRatio = series === "ratio" || series === "bias" || series === "twin";
  return isRatio ? fineBucketOf(value) : bucketOf(value);
}
