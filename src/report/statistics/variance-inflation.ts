import type { BlockSeries } from "./block-series.ts";

/** A part of a series: blocks `from` to `to` − 1. */
export interface BlockRange {
  readonly from: number;
  readonly to: number;
}

/** Bursts are looked for in single blocks and in groups of 2, 4 and 8 neighbors. */
const GROUP_SIZES = [1, 2, 4, 8];
/** With fewer blocks than this, the test for clumping is sharper: early evidence rests on little knowledge about bursts. */
export const FEW_BLOCKS = 16;
/** Quantiles of the standard normal distribution at 90% and 84%: missing a burst costs more than dividing without need. */
const Z_CLUMPED = 1.2816;
const Z_CLUMPED_IN_FEW = 1;

/** How much the mean of few bursts can hide of them; more would take a clear change for bursts. */
const MOST_CORRECTION = 2;

/** Which events of a series clump: the difference between first and second, or one of them alone. */
export type Clumping = "difference" | "first" | "second";

/**
 * How many times larger the variance of counts is than that of independent events: 1 if nothing contradicts independence, about
 * the length of a burst if events come in bursts. Dividing counts by it makes a burst count as one event: the dispersion of
 * quasi-likelihood (Wedderburn 1974, Biometrika 61:439; McCullagh & Nelder 1989, §4.5), estimated from sums over blocks,
 * φ = Σ(xᵢ − m nᵢ)² / (v (N − Σnᵢ²/N)), with m the mean and v the variance of one independent exchange. Large blocks weigh
 * more than small ones, so that blocks with a handful of exchanges decide nothing. Bursts may be longer than a block, so φ is
 * the largest value over groups of 1 to 8 neighboring blocks, among those that are larger than chance explains (gamma
 * distribution with the moments of φ under independence, by Wilson & Hilferty 1931).
 * @param isUncentered for single blocks that clump, use the mean 0 of a candidate that behaves like the secondary: with few
 *   bursts, their mean hides them
 */
export function varianceInflation(
  series: BlockSeries,
  { from, to }: BlockRange,
  clumping: Clumping,
  isUncentered = false,
): number {
  const { pairs } = series;
  const { more, less } = sidesOf(series, clumping);
  let [total, sum, events] = [0, 0, 0];
  for (let block = from; block < to; block++) {
    const [added, taken] = [more[block] ?? 0, less?.[block] ?? 0];
    total += pairs[block] ?? 0;
    sum += added - taken;
    events += added + taken;
  }
  const mean = sum / total;
  const variance = events / total - mean * mean;
  if (events === 0 || variance <= 0) return 1;
  const z = to - from < FEW_BLOCKS ? Z_CLUMPED_IN_FEW : Z_CLUMPED;
  let largest = 1;
  for (const size of GROUP_SIZES) {
    if (to - from <= size) break;
    const uncentered = isUncentered && size === 1;
    largest = Math.max(
      largest,
      groupInflation(pairs, { from, to }, { more, less }, { size, mean, variance, z, uncentered }),
    );
  }
  return largest;
}

interface GroupOptions {
  readonly size: number;
  /** Of one exchange. */
  readonly mean: number;
  readonly variance: number;
  readonly z: number;
  readonly uncentered: boolean;
}

/** @returns 1 if the groups vary no more than chance explains */
function groupInflation(
  pairsOf: BlockSeries["pairs"],
  { from, to }: BlockRange,
  { more, less }: Sides,
  { size, mean, variance, z, uncentered }: GroupOptions,
): number {
  let [squares, rawSquares, total, squaredPairs] = [0, 0, 0, 0];
  // Groups end at the newest block, so that a burst that is going on is in one group.
  for (let end = to; end > from; end -= size) {
    let [pairs, value] = [0, 0];
    for (let block = Math.max(from, end - size); block < end; block++) {
      pairs += pairsOf[block] ?? 0;
      value += (more[block] ?? 0) - (less?.[block] ?? 0);
    }
    squares += (value - mean * pairs) ** 2;
    rawSquares += value * value;
    total += pairs;
    squaredPairs += pairs * pairs;
  }
  const expected = variance * (total - squaredPairs / total);
  if (expected <= 0) return 1;
  const inflation = squares / expected;
  // Most series do not clump, and need not be compared with chance.
  if (inflation <= 1) return 1;
  const freedom = Math.max(1, (2 * expected * expected) / spreadOf(pairsOf, { from, to }, size, variance));
  if (inflation <= Math.max(1, gammaQuantile(freedom, z))) return 1;
  const ofRawCounts = rawSquares / (variance * total);
  return uncentered && ofRawCounts > inflation ? Math.min(ofRawCounts, MOST_CORRECTION * inflation) : inflation;
}

/** The variance of the sum of squares of independent events. */
function spreadOf(pairs: BlockSeries["pairs"], { from, to }: BlockRange, size: number, variance: number): number {
  // The fourth moment of an event with this variance; for rare events it is nearly the variance.
  const excessKurtosis = 1 - 6 * Math.min(variance, 1 / 6);
  let spread = 0;
  for (let end = to; end > from; end -= size) {
    let own = 0;
    for (let block = Math.max(from, end - size); block < end; block++) own += pairs[block] ?? 0;
    const ownVariance = own * variance;
    spread += ownVariance * excessKurtosis + 2 * ownVariance * ownVariance;
  }
  return spread;
}

/** The quantile of χ²/df (Wilson & Hilferty 1931). @param z the normal quantile of the same probability */
function gammaQuantile(freedom: number, z: number): number {
  const share = 2 / (9 * freedom);
  return (1 - share + z * Math.sqrt(share)) ** 3;
}

/** The events that count, and those that count against them. */
interface Sides {
  readonly more: readonly number[];
  readonly less: readonly number[] | null;
}

/** Not one list of their difference: one for each stretch of each field was a quarter of the garbage of a report. */
function sidesOf({ first, second }: BlockSeries, clumping: Clumping): Sides {
  if (clumping === "difference") return { more: first, less: second };
  return { more: clumping === "first" ? first : second, less: null };
}
