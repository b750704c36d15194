import { fineValueAt, finePosition } from "../../lib/log-buckets.ts";
import type { RatioEstimate } from "../../model/report.ts";
import type { BucketCounts } from "../../store/store.ts";
import { anytimeErrors, inflationOfMean, type BlockSum } from "./block-spread.ts";
import { sumBuckets } from "../../store/sum-buckets.ts";
import { countBelow, positionAt, totalOf } from "./bucket-statistics.ts";

/** The ratios of the exchanges of one period, in fine buckets. */
export interface RatioBlock extends Pick<BlockSum, "startedAt" | "endsAt"> {
  readonly counts: BucketCounts;
}

/** The distribution of a ratio, and how much its exchanges depend on each other. */
export interface RatioSample {
  readonly counts: BucketCounts;
  readonly total: number;
  /** Of being below the median; see `inflationOfMean`. */
  readonly inflation: number;
  /** Empty if the exchanges count as independent. */
  readonly blocks: readonly RatioBlock[];
}

/**
 * @param blocks ascending
 * @param counts of all blocks
 * @returns null without ratios
 */
export function ratioSample(
  blocks: readonly RatioBlock[],
  counts = sumBuckets(blocks.map((block) => block.counts)),
): RatioSample | null {
  const total = totalOf(counts);
  if (total === 0) return null;
  const median = positionAt(counts, total, 0.5);
  const sums = blocks.map(({ startedAt, endsAt, counts: own }) => {
    const count = totalOf(own);
    return { startedAt, endsAt, count, sum: countBelow(own, median) - count / 2 };
  });
  return { counts, total, inflation: inflationOfMean(sums, SIGN_VARIANCE), blocks };
}

/** A run of an older version has no blocks: its exchanges count as independent. @returns null without ratios */
export function independentSample(counts: BucketCounts): RatioSample | null {
  const total = totalOf(counts);
  return total === 0 ? null : { counts, total, inflation: 1, blocks: [] };
}

/** Of being below the median or not. */
const SIGN_VARIANCE = 0.25;

/**
 * The median with an interval that covers it at all times together with the confidence of the bar: the quantiles at ½ ± the
 * error of the share below the median (Woodruff 1952), interpolated within fine buckets.
 * @param bar ln(1/α) for a confidence of 1 − α
 */
export function medianInterval({ counts, total, inflation }: RatioSample, bar: number): RatioEstimate {
  const error = medianError(total / inflation, bar);
  const at = (share: number): number => fineValueAt(positionAt(counts, total, Math.min(1, Math.max(0, share))));
  return { estimate: at(0.5), low: at(0.5 - error), high: at(0.5 + error) };
}

/** Whether the sample is large enough for an interval that is narrower than the range of all values. */
export function isBounded({ total, inflation }: RatioSample, bar: number): boolean {
  return medianError(total / inflation, bar) < 0.5;
}

/**
 * Whether the interval of a sample can lie above a limit: whether it does if its exchanges are independent.
 * @param within ratios up to the limit
 */
export function canExceed(
  { total, within }: { readonly total: number; readonly within: number },
  bar: number,
): boolean {
  return within <= (0.5 - medianError(total, bar)) * total;
}

/** The error of the share below the median. @param exchanges as many independent ones as would give the same variance */
function medianError(exchanges: number, bar: number): number {
  if (exchanges === 0) return 0.5;
  return anytimeErrors(exchanges, bar) * Math.sqrt(SIGN_VARIANCE / exchanges);
}

/** The share of ratios above a limit. */
export function shareAbove({ counts, total }: Pick<RatioSample, "counts" | "total">, limit: number): number {
  return 1 - countBelow(counts, finePosition(limit)) / total;
}

/** A mean of logarithms is not decided by the few ratios that are largest: this share has to lie above the limit. */
const CLEAR_SHARE = 0.75;
/** What is far above is clear from a few independent stretches on; see `anytimeErrors`. */
const FAR_MIXTURE = 4;

/**
 * Whether the ratios are so far above a limit that how they wander cannot matter: at least three quarters lie above it, and so
 * does their geometric mean, by more than the spread of its logarithm over time. The interval of the median knows only which
 * exchanges are above the median and not by how much, so it stays wide where the speed wanders, even if every ratio is far above.
 * @param bar the evidence that excludes a lower mean: ln E
 */
export function isFarAbove({ counts, total, blocks }: RatioSample, limit: number, bar: number): boolean {
  if (shareAbove({ counts, total }, limit) < CLEAR_SHARE) return false;
  const mean = logSum(counts) / total;
  const variance = logVariance(counts, mean, total);
  const sums = blocks.map(({ startedAt, endsAt, counts: own }) => {
    const count = totalOf(own);
    return { startedAt, endsAt, count, sum: logSum(own) - mean * count };
  });
  const exchanges = blocks.length === 0 ? total : total / inflationOfMean(sums, variance);
  return mean - finePosition(limit) > anytimeErrors(exchanges, bar, FAR_MIXTURE) * Math.sqrt(variance / exchanges);
}

/** The sum of the logarithms of all ratios, in fine buckets. */
function logSum({ buckets, counts }: BucketCounts): number {
  return buckets.reduce((sum, bucket, at) => sum + (bucket + 0.5) * (counts[at] ?? 0), 0);
}

/** The variance of the logarithm of a ratio; at least that within a fine bucket (Sheppard 1898). */
function logVariance({ buckets, counts }: BucketCounts, mean: number, total: number): number {
  return buckets.reduce((sum, bucket, at) => sum + (bucket + 0.5 - mean) ** 2 * (counts[at] ?? 0), 0) / total + 1 / 12;
}

const MOST_NEEDED = 10_000_000;

/**
 * How many exchanges in all would place the interval above or below the limit, if their distribution and dependence stay the
 * same.
 * @returns null if the median is too close to the limit
 */
export function exchangesUntil(sample: RatioSample, limit: number, bar: number): number | null {
  const distance = Math.abs(shareAbove(sample, limit) - 0.5);
  let needed = Math.max(sample.total, 1);
  while (medianError(needed / sample.inflation, bar) >= distance) {
    needed *= 1.05;
    if (needed > MOST_NEEDED) return null;
  }
  return Math.ceil(needed);
}
