import { EXACT_BINOMIAL, halfTail } from "./binomial.ts";
import { twoSidedNormalTail, Z_95 } from "./statistics.ts";

/** Up to this many values the distribution under the null hypothesis is counted out; beyond, the normal one is as good. */
const EXACT_RANKS = 50;
const TAIL_95 = 0.025;
/** Kelly's coefficient of normal values has a standard deviation of 1/√n, so 100 of them pass for skewed in 3 of 1,000 cases. */
const SKEWED = 0.3;

/**
 * Two-sided p-value that values are spread evenly around 0: Wilcoxon's signed-rank test (1945). Zeros take part in the
 * ranking and are then left out (Pratt 1959): a latency that did not change speaks for no change. Ties share their mean
 * rank. Up to 50 values the 2^n signs are counted out, given the ranks, so that the value is exact with ties and zeros as
 * well; beyond, the normal distribution with the same variance Σr²/4 and a continuity correction of ½.
 * @returns 1 when every value is 0
 */
export function signedRankP(values: readonly number[]): number {
  const ranked = doubledRanks(values).filter(({ value }) => value !== 0);
  if (ranked.length === 0) return 1;
  const total = ranked.reduce((sum, { rank }) => sum + rank, 0);
  const positive = ranked.reduce((sum, { value, rank }) => (value > 0 ? sum + rank : sum), 0);
  const distance = Math.abs(2 * positive - total);
  if (values.length <= EXACT_RANKS) {
    const ways = signedRankWays(ranked.map(({ rank }) => rank));
    const atLeast = ways.reduce((sum, count, sum2) => (Math.abs(2 * sum2 - total) >= distance ? sum + count : sum), 0);
    return atLeast / 2 ** ranked.length;
  }
  // All ranks are doubled: T⁺ − E[T⁺] is a quarter of the distance, its standard deviation √(Σ(r/2)²/4).
  const deviation = Math.sqrt(ranked.reduce((sum, { rank }) => sum + rank * rank, 0)) / 4;
  return Math.min(1, twoSidedNormalTail(Math.max(0, distance / 4 - 0.5) / deviation));
}

/** Two-sided p-value that a value is as often above 0 as below: the sign test (Arbuthnot 1710), zeros left out. */
export function signTestP(values: readonly number[]): number {
  const above = values.filter((value) => value > 0).length;
  const below = values.filter((value) => value < 0).length;
  const [fewer, total] = [Math.min(above, below), above + below];
  if (total <= EXACT_BINOMIAL) return Math.min(1, 2 * halfTail(fewer, total));
  return twoSidedNormalTail(Math.max(0, total / 2 - fewer - 0.5) / (Math.sqrt(total) / 2));
}

/**
 * Whether values are too lopsided for the signed-rank test, which takes them for symmetric: Kelly's coefficient
 * |q90 + q10 − 2·q50| / (q90 − q10) is above 0.3. An exponential distribution has 0.46.
 */
export function isSkewed(values: readonly number[]): boolean {
  const sorted = Float64Array.from(values).sort();
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
    return Math.max(1, Math.floor((total * (total + 1)) / 4 - Z_95 * deviation));
  }
  const ways = signedRankWays(Array.from({ length: total }, (_, index) => index + 1));
  let below = 0;
  for (const [sum, count] of ways.entries()) {
    below += count / 2 ** total;
    if (below > TAIL_95) return Math.max(1, sum);
  }
  return 1;
}

interface Ranked {
  readonly value: number;
  /** Twice the rank of the absolute value, so that it is whole also for two that are tied. */
  readonly rank: number;
}

function doubledRanks(values: readonly number[]): readonly Ranked[] {
  const sizes = Float64Array.from(values, Math.abs).sort();
  const rankOf = new Map<number, number>();
  for (let start = 0, end = 0; start < sizes.length; start = end) {
    const size = sizes[start] ?? 0;
    while (end < sizes.length && sizes[end] === size) end += 1;
    rankOf.set(size, start + 1 + end);
  }
  return values.map((value) => ({ value, rank: rankOf.get(Math.abs(value)) ?? 0 }));
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
