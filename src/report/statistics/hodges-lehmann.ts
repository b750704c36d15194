import type { RatioEstimate } from "../../model/report.ts";
import { ALPHA_PER_SIDE, Z } from "./significance.ts";

/** Up to this many averages are sorted; more are bracketed first. */
const FEW = 64;
/** Up to this many values the signed-rank distribution is counted; beyond it, the normal distribution is as good. */
const EXACT_RANKS = 50;

/** How many averages are at most a value. */
interface Probe {
  readonly value: number;
  readonly below: number;
}

/**
 * The center of values that scatter symmetrically: the median of all Walsh averages (xᵢ + xⱼ)/2, i ≤ j (Hodges & Lehmann 1963),
 * with the distribution-free 95% interval of the signed-rank test, between two of these averages. Fewer than six values give
 * no such interval; then it is their range. The n²/2 averages are never all computed.
 * @returns null without values
 */
export function hodgesLehmann(values: ArrayLike<number>): RatioEstimate | null {
  if (values.length === 0) return null;
  const sorted = ascending(values);
  const averages = (sorted.length * (sorted.length + 1)) / 2;
  const rank = walshRank(sorted.length);
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
  // The wanted positions are close together: the counts for one bracket the next.
  const probes: Probe[] = [
    { value: first, below: countUpTo(sorted, first) },
    { value: last, below: averages },
  ];
  const lower = walshAverage(sorted, Math.floor((averages + 1) / 2), probes);
  const upper = averages % 2 === 1 ? lower : walshAverage(sorted, averages / 2 + 1, probes);
  return {
    estimate: (lower + upper) / 2,
    low: walshAverage(sorted, rank, probes),
    high: walshAverage(sorted, averages + 1 - rank, probes),
  };
}

/** Sorted values: a copy, unless they are sorted already, because sorting again takes long. */
function ascending(values: ArrayLike<number>): Float64Array {
  return values instanceof Float64Array && isAscending(values) ? values : new Float64Array(values).sort();
}

function isAscending(values: Float64Array): boolean {
  for (let at = 1; at < values.length; at++) if (!((values[at - 1] ?? 0) <= (values[at] ?? 0))) return false;
  return true;
}

/**
 * The largest k such that the k-th smallest and the k-th largest Walsh average of n values enclose their center with at least
 * 1 − α, and at least 1: P(T⁺ < k) ≤ α/2 under the signed-rank distribution (Tukey 1949; Hollander & Wolfe, Nonparametric
 * Statistical Methods, §3.3).
 */
export function walshRank(total: number): number {
  if (total > EXACT_RANKS) {
    const deviation = Math.sqrt((total * (total + 1) * (2 * total + 1)) / 24);
    return Math.max(1, Math.floor((total * (total + 1)) / 4 - Z * deviation));
  }
  let below = 0;
  for (const [sum, ways] of waysToSum(total).entries()) {
    below += ways / 2 ** total;
    if (below > ALPHA_PER_SIDE) return Math.max(1, sum);
  }
  return 1;
}

/** How many subsets of the ranks 1 to n have each sum; exact, because 2^50 is. */
function waysToSum(total: number): readonly number[] {
  const ways = [1, ...Array.from({ length: (total * (total + 1)) / 2 }, () => 0)];
  let reach = 0;
  for (let rank = 1; rank <= total; rank++) {
    reach += rank;
    for (let sum = reach; sum >= rank; sum--) ways[sum] = (ways[sum] ?? 0) + (ways[sum - rank] ?? 0);
  }
  return ways;
}

/**
 * The Walsh average at a position (from 1) of their sorted order. Two bounds close in on it, each step counting how many averages
 * are at most a value (Johnson & Mizoguchi 1978), until so few are between them that these can be sorted.
 * @param probes earlier counts; extended
 */
function walshAverage(sorted: Float64Array, position: number, probes: Probe[]): number {
  let low: Probe = { value: Number.NEGATIVE_INFINITY, below: 0 };
  let high: Probe = { value: Number.POSITIVE_INFINITY, below: Number.POSITIVE_INFINITY };
  for (const probe of probes) {
    if (probe.below < position && probe.value > low.value) low = probe;
    if (probe.below >= position && probe.value < high.value) high = probe;
  }
  if (low.below === 0) return high.value;
  let before = Number.POSITIVE_INFINITY;
  for (let between = high.below - low.below; between > FEW; between = high.below - low.below) {
    const share = between > before / 2 ? 0.5 : (nextPosition(position, low, high, sorted.length) - low.below) / between;
    const value = valueBetween(low.value, high.value, share);
    // No double lies between the two bounds, so all averages above the lower one equal the upper one.
    if (value === null) return high.value;
    const probe = { value, below: countUpTo(sorted, value) };
    probes.push(probe);
    if (probe.below >= position) high = probe;
    else low = probe;
    before = between;
  }
  return averagesBetween(sorted, low.value, high.value)[position - low.below - 1] ?? high.value;
}

/**
 * The position to count at next: just beyond the wanted one, on the far side, so that both bounds close in. How far beyond is
 * the error that a straight line may have between these bounds.
 */
function nextPosition(position: number, low: Probe, high: Probe, values: number): number {
  const between = high.below - low.below;
  const beyond = Math.min(between / 8, (4 * between * between) / (values * values) + FEW / 8);
  return position - low.below > high.below - position ? position - beyond : position + beyond;
}

/** @returns null if no double lies between the two */
function valueBetween(low: number, high: number, share: number): number | null {
  const value = low + (high - low) * share;
  if (value > low && value < high) return value;
  const halfway = low + (high - low) / 2;
  return halfway > low && halfway < high ? halfway : null;
}

/** Averages of sorted values ascend along rows and columns, so one walk counts them all. */
function countUpTo(sorted: Float64Array, value: number): number {
  let count = 0;
  let end = sorted.length - 1;
  for (let start = 0; start <= end; start++) {
    const first = sorted[start] ?? 0;
    while (end >= start && (first + (sorted[end] ?? 0)) / 2 > value) end -= 1;
    count += end - start + 1;
  }
  return count;
}

/** The averages above `low` and at most `high`, ascending. */
function averagesBetween(sorted: Float64Array, low: number, high: number): Float64Array {
  const averages: number[] = [];
  let end = sorted.length - 1;
  for (let start = 0; start <= end; start++) {
    const first = sorted[start] ?? 0;
    while (end >= start && (first + (sorted[end] ?? 0)) / 2 > high) end -= 1;
    for (let other = end; other >= start; other--) {
      const average = (first + (sorted[other] ?? 0)) / 2;
      if (average <= low) break;
      averages.push(average);
    }
  }
  return Float64Array.from(averages).sort();
}
