import { valueAt } from "../lib/log-buckets.ts";
import type { Quantiles, RatioEstimate } from "../model/report.ts";
import { EXACT_BINOMIAL } from "./binomial.ts";
import { Z_95 } from "./statistics.ts";

/** How many values fell into which logarithmic bucket. */
export type BucketCounts = ReadonlyMap<number, number>;

const TAIL_95 = 0.025;

/** Adds counts up per bucket. */
export function sumBuckets(rows: Iterable<{ readonly bucket: number; readonly count: number }>): BucketCounts {
  const counts = new Map<number, number>();
  for (const { bucket, count } of rows) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  return counts;
}

/** How many values were counted. */
export function totalOf(counts: BucketCounts): number {
  return counts.values().reduce((sum, count) => sum + count, 0);
}

/** Buckets that hold something, from the smallest values to the largest. */
export function risingBuckets(counts: BucketCounts): readonly (readonly [bucket: number, count: number])[] {
  return [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
}

/**
 * The value below which a share of all values lies, interpolated geometrically inside its bucket; thus at most one bucket
 * width (4 %) from the exact one.
 * @param share 0–1
 * @returns in the unit that was counted; null when nothing was
 */
export function quantile(counts: BucketCounts, share: number): number | null {
  return quantileOf(risingBuckets(counts), totalOf(counts), share);
}

function quantileOf(rising: ReturnType<typeof risingBuckets>, total: number, share: number): number | null {
  const rank = share * total;
  let below = 0;
  let last: number | null = null;
  for (const [bucket, count] of rising) {
    if (below + count >= rank) return valueAt(bucket + Math.max(0, rank - below) / count);
    below += count;
    last = valueAt(bucket + 1);
  }
  return last;
}

/** The three quantiles that reports show. */
export function quantilesOf(counts: BucketCounts): Quantiles {
  const [rising, total] = [risingBuckets(counts), totalOf(counts)];
  const at = (share: number): number | null => quantileOf(rising, total, share);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/**
 * Median with a distribution-free 95 % interval: the order statistics x(j) and x(n+1−j) enclose the median with
 * probability 1 − 2·P(Bin(n, ½) < j) (Thompson 1936; David & Nagaraja, Order Statistics, §7.1). Of a bucketed value only
 * the bucket is known, so the interval reaches to the bucket's outer edge. With fewer than six values no such pair reaches
 * 95 %; the interval is then all that was seen.
 * @returns in the unit that was counted; null when nothing was
 */
export function medianOf(counts: BucketCounts): RatioEstimate | null {
  const estimate = quantile(counts, 0.5);
  if (estimate === null) return null;
  const total = totalOf(counts);
  const rank = medianRank(total);
  return {
    estimate,
    low: valueAt(bucketAtRank(counts, rank)),
    high: valueAt(bucketAtRank(counts, total + 1 - rank) + 1),
  };
}

/** The largest j with P(Bin(n, ½) < j) ≤ 2.5 %, at least 1. */
export function medianRank(total: number): number {
  if (total > EXACT_BINOMIAL) return Math.max(1, Math.floor(total / 2 - (Z_95 * Math.sqrt(total)) / 2));
  let probability = 0.5 ** total;
  let below = 0;
  for (let j = 0; j <= total; j++) {
    below += probability;
    if (below > TAIL_95) return Math.max(1, j);
    probability *= (total - j) / (j + 1);
  }
  return 1;
}

/** The bucket of the value that stands at a place (from 1) when all are sorted. */
function bucketAtRank(counts: BucketCounts, rank: number): number {
  let seen = 0;
  let last = 0;
  for (const [bucket, count] of risingBuckets(counts)) {
    seen += count;
    last = bucket;
    if (seen >= rank) break;
  }
  return last;
}
