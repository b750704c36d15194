import { EXACT_BINOMIAL, halfTail } from "./binomial.ts";
import { ALPHA_PER_SIDE, Z } from "./significance.ts";
import { rising, twoSidedNormalTail } from "./wilson-interval.ts";

/** Up to this many values the distribution under the null hypothesis is counted out; beyond, the normal one is as good. */
const EXACT_RANKS = 50;
/** Kelly's coefficient of normal values has a standard deviation of 1/√n, so 100 of them pass for skewed in 3 of 1,000 cases. */
const SKEWED = 0.3;

/**
 * Two-sided p-value that values are spread evenly around 0: Wilcoxon's signed-rank test (1945). Zeros take part in the
 * ranking and are then left out (Pratt 1959): a latency that did not change speaks for no change. Ties share their mean
 * rank. Up to 50 values the 2^n signs are counted out, given the ranks, so that the value is exact with ties and zeros as
 * well; beyond, the normal distribution with the same variance Σr²/4 and a continuity correction of ½.
 * @returns 1 when every value is 0
 */
export function signedRankP(values: ArrayLike<number>): number {
  const ranks = signedRanks(rising(values));
  let [total, positive, squares] = [0, 0, 0];
  for (const rank of ranks) {
    total += Math.abs(rank);
    if (rank > 0) positive += rank;
    squares += rank * rank;
  }
  if (total === 0) return 1;
  const distance = Math.abs(2 * positive - total);
  if (values.length <= EXACT_RANKS) {
    const ways = signedRankWays([...ranks].map(Math.abs));
    const atLeast = ways.reduce((sum, count, sum2) => (Math.abs(2 * sum2 - total) >= distance ? sum + count : sum), 0);
    return atLeast / 2 ** ranks.length;
  }
  // All ranks are doubled: T⁺ − E[T⁺] is a quarter of the distance, its standard deviation √(Σ(r/2)²/4).
  return Math.min(1, twoSidedNormalTail(Math.max(0, distance / 4 - 0.5) / (Math.sqrt(squares) / 4)));
}

/** Two-sided p-value that a value is as often above 0 as below: the sign test (Arbuthnot 1710), zeros left out. */
export function signTestP(values: ArrayLike<number>): number {
  let [above, below] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value > 0) above += 1;
    if (value < 0) below += 1;
  }
  const [fewer, total] = [Math.min(above, below), above + below];
  if (total <= EXACT_BINOMIAL) return Math.min(1, 2 * halfTail(fewer, total));
  return twoSidedNormalTail(Math.max(0, total / 2 - fewer - 0.5) / (Math.sqrt(total) / 2));
}

/**
 * Whether values are too lopsided for the signed-rank test, which takes them for symmetric: Kelly's coefficient
 * |q90 + q10 − 2·q50| / (q90 − q10) is above 0.3. An exponential distribution has 0.46.
 */
export function isSkewed(values: ArrayLike<number>): boolean {
  const sorted = rising(values);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return Math.abs(at(0.9) + at(0.1) - 2 * at(0.5)) > SKEWED * (at(0.9) - at(0.1));
}

/**
 * The largest k such that the k-th smallest and the k-th largest Walsh average of n values enclose their centre with at
 * least 95 %, 1 at least: P(T⁺ < k) ≤ 2.5 % under the signed-rank distribution (Tukey 1949; Hollander & Wolfe,
 * Nonparametric Statistical Methods, §3.3).
 */
export function walshRank(total: number): number {
  if (total > EXACT_RANKS) {
    const deviation = Math.sqrt((total * (total + 1) * (2 * total + 1)) / 24);
    return Math.max(1, Math.floor((total * (total + 1)) / 4 - Z * deviation));
  }
  const ways = signedRankWays(Array.from({ length: total }, (_, index) => index + 1));
  let below = 0;
  for (const [sum, count] of ways.entries()) {
    below += count / 2 ** total;
    if (below > ALPHA_PER_SIDE) return Math.max(1, sum);
  }
  return 1;
}

/**
 * The ranks of sizes, doubled so that those of two that are tied are whole too, with the signs of their values; zeros are
 * left out. Walks from the middle of sorted values to both ends, so that sizes need not be sorted again.
 */
function signedRanks(sorted: Float64Array): Float64Array {
  let right = 0;
  while ((sorted[right] ?? 1) <= 0) right += 1;
  let left = right - 1;
  while (sorted[left] === 0) left -= 1;
  const ranks = new Float64Array(left + 1 + sorted.length - right);
  for (let count = 0; count < ranks.length;) {
    const before = right - left - 1;
    const size = Math.min(-(sorted[left] ?? -Infinity), sorted[right] ?? Infinity);
    const [from, to] = [left, right];
    while (sorted[left] === -size) left -= 1;
    while (sorted[right] === size) right += 1;
    const rank = before + right - left;
    for (let below = left; below < from; below++) ranks[count++] = -rank;
    for (let above = to; above < right; above++) ranks[count++] = rank;
  }
  return ranks;
}

/** How many choices of the ranks add up to each sum; exact, because 2^50 still is. */
function signedRankWays(ranks: readonly number[]): readonly number[] {
  const ways = [1, ...Array.from({ length: ranks.reduce((sum, rank) => sum + rank, 0) }, () => 0)];
  let reach = 0;
  for (const rank of ranks) {
    reach += rank;
    for (let sum = reach; sum >= rank; sum--) ways[sum] = (ways[sum] ?? 0) + (ways[sum - rank] ?? 0);
  }
  return ways;
}
