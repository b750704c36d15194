import { valueAt } from "../../lib/log-buckets.ts";
import type { Quantiles } from "../../model/report.ts";
import type { BucketCounts } from "../../store/store.ts";

/** The counts of the reciprocal values: 1/v is in bucket −1 − i if v is in bucket i. */
export function invertRatios({ buckets, counts }: BucketCounts): BucketCounts {
  return { buckets: buckets.map((bucket) => -1 - bucket).toReversed(), counts: counts.toReversed() };
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

function quantileOf(counted: BucketCounts, total: number, share: number): number | null {
  return total === 0 ? null : valueAt(positionAt(counted, total, share));
}

/**
 * The position on the scale of buckets below which a share of all values lies, interpolated within its bucket.
 * @param total of all counts; above 0
 * @param share 0–1
 */
export function positionAt({ buckets, counts }: BucketCounts, total: number, share: number): number {
  const rank = share * total;
  let below = 0;
  for (let at = 0; at < buckets.length; at++) {
    const count = counts[at] ?? 0;
    if (below + count >= rank) return (buckets[at] ?? 0) + Math.max(0, rank - below) / count;
    below += count;
  }
  return (buckets.at(-1) ?? 0) + 1;
}

/** How many values lie below a position on the scale of buckets, interpolated within its bucket. */
export function countBelow({ buckets, counts }: BucketCounts, position: number): number {
  const bucket = Math.floor(position);
  let below = 0;
  for (let at = 0; at < buckets.length; at++) {
    const own = buckets[at] ?? 0;
    if (own > bucket) break;
    below += own < bucket ? (counts[at] ?? 0) : (counts[at] ?? 0) * (position - bucket);
  }
  return below;
}

/** The quantiles of a report. */
export function quantilesOf(counts: BucketCounts, total = totalOf(counts)): Quantiles {
  const at = (share: number): number | null => quantileOf(counts, total, share);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
