import { valueAt } from "../../lib/log-buckets.ts";
import type { Quantiles, RatioEstimate } from "../../model/report.ts";
import type { BucketCounts } from "../../store/store.ts";
import { ALPHA_PER_SIDE, Z } from "./significance.ts";

/** Up to this many values the binomial distribution is summed; beyond it, the normal distribution is as good. */
const EXACT_BINOMIAL = 1_000;

export const NO_COUNTS: BucketCounts = { buckets: [], counts: [] };

/** Adds up the counts of each bucket. */
export function sumBuckets(all: readonly BucketCounts[]): BucketCounts {
  const filled = all.filter(({ buckets }) => buckets.length > 0);
  const [only] = filled;
  if (filled.length <= 1) return only ?? NO_COUNTS;
  const lowest = filled.reduce((low, { buckets }) => Math.min(low, buckets[0] ?? low), Number.POSITIVE_INFINITY);
  const highest = filled.reduce((high, { buckets }) => Math.max(high, buckets.at(-1) ?? high), lowest);
  // Buckets are logarithmic, so there are few: a list with gaps is faster than a map.
  const sums = new Float64Array(highest - lowest + 1);
  for (const { buckets, counts } of filled) {
    for (let at = 0; at < buckets.length; at++) {
      const offset = (buckets[at] ?? 0) - lowest;
      sums[offset] = (sums[offset] ?? 0) + (counts[at] ?? 0);
    }
  }
  const sum = { buckets: new Array<number>(), counts: new Array<number>() };
  for (let offset = 0; offset < sums.length; offset++) {
    const count = sums[offset] ?? 0;
    if (count === 0) continue;
    sum.buckets.push(lowest + offset);
    sum.counts.push(count);
  }
  return sum;
}

/** The number of counted values. */
export function totalOf({ counts }: BucketCounts): number {
  let total = 0;
  for (let at = 0; at < counts.length; at++) total += counts[at] ?? 0;
  return total;
}

/**
 * The value below which a share of all values lies, interpolated geometrically within its bucket: at most one bucket width (4%)
 * off.
 * @param share 0–1
 * @returns in the counted unit; null without values
 */
export function quantile(counted: BucketCounts, share: number): number | null {
  return quantileOf(counted, totalOf(counted), share);
}

function quantileOf({ buckets, counts }: BucketCounts, total: number, share: number): number | null {
  const rank = share * total;
  let below = 0;
  for (let at = 0; at < buckets.length; at++) {
    const count = counts[at] ?? 0;
    if (below + count >= rank) return valueAt((buckets[at] ?? 0) + Math.max(0, rank - below) / count);
    below += count;
  }
  const last = buckets.at(-1);
  return last === undefined ? null : valueAt(last + 1);
}

/** The quantiles of a report. */
export function quantilesOf(counts: BucketCounts, total = totalOf(counts)): Quantiles {
  const at = (share: number): number | null => quantileOf(counts, total, share);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/**
 * The median with a distribution-free 95% interval: the order statistics x(j) and x(n+1−j) enclose the median with probability
 * 1 − 2·P(Bin(n, ½) < j) (Thompson 1936; David & Nagaraja, Order Statistics, §7.1). Only the bucket of a value is known, so the
 * interval extends to the outer edge of the bucket. With fewer than six values no interval reaches 95%; then it is their range.
 * @returns in the counted unit; null without values
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

/** The largest j with P(Bin(n, ½) < j) ≤ α/2, and at least 1. */
export function medianRank(total: number): number {
  if (total > EXACT_BINOMIAL) return Math.max(1, Math.floor(total / 2 - (Z * Math.sqrt(total)) / 2));
  let probability = 0.5 ** total;
  let below = 0;
  for (let j = 0; j <= total; j++) {
    below += probability;
    if (below > ALPHA_PER_SIDE) return Math.max(1, j);
    probability *= (total - j) / (j + 1);
  }
  return 1;
}

/** The bucket of the value with a rank (from 1) in sorted order. */
function bucketAtRank({ buckets, counts }: BucketCounts, rank: number): number {
  let seen = 0;
  const at = counts.findIndex((count) => (seen += count) >= rank);
  return buckets.at(at) ?? 0;
}
