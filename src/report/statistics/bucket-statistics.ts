import { valueAt } from "../../lib/log-buckets.ts";
import { memoizePerObject } from "../../lib/memoize.ts";
import type { Quantiles } from "../../model/report.ts";
import type { BucketCounts } from "../../store/store.ts";

/** The counts of the reciprocal values: 1/v is in bucket −1 − i if v is in bucket i. */
export function invertRatios({ buckets, counts }: BucketCounts): BucketCounts {
  return { buckets: buckets.map((bucket) => -1 - bucket).toReversed(), counts: counts.toReversed() };
}

/** A list that is at most this long is added up faster than its sum is looked up. */
const SHORT_LIST = 32;

/** The number of counted values. */
export function totalOf(counted: BucketCounts): number {
  return counted.counts.length <= SHORT_LIST ? sumOf(counted.counts) : scanOf(counted).total;
}

function sumOf(counts: readonly number[]): number {
  let total = 0;
  for (let at = 0; at < counts.length; at++) total += counts[at] ?? 0;
  return total;
}

/** The sum of the counts of a list, and of those before one of its buckets: where the last call for `countBelow` ended. */
interface Scan {
  readonly total: number;
  at: number;
  below: number;
}

/**
 * Blocks rarely change, and each report asks them how many of their values lie below a median or a limit that has hardly moved: with
 * the place of the last answer, ratios are judged in six sevenths of the time. Counts are integers, or fractions that are exact
 * (`trafficBlock`), so the order of additions does not matter.
 */
const scanOf = memoizePerObject(({ counts }: BucketCounts): Scan => ({ total: sumOf(counts), at: 0, below: 0 }));

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
export function countBelow(counted: BucketCounts, position: number): number {
  const { buckets, counts } = counted;
  const scan = buckets.length <= SHORT_LIST ? { at: 0, below: 0 } : scanOf(counted);
  const bucket = Math.floor(position);
  let { at, below } = scan;
  while (at < buckets.length && (buckets[at] ?? 0) < bucket) below += counts[at++] ?? 0;
  while (at > 0 && (buckets[at - 1] ?? 0) >= bucket) below -= counts[--at] ?? 0;
  scan.at = at;
  scan.below = below;
  return buckets[at] === bucket ? below + (counts[at] ?? 0) * (position - bucket) : below;
}

/** The quantiles of a report. */
export function quantilesOf(counts: BucketCounts, total = totalOf(counts)): Quantiles {
  const at = (share: number): number | null => quantileOf(counts, total, share);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
