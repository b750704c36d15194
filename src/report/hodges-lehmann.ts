import type { RatioEstimate } from "../model/report.ts";
import { walshRank } from "./wilcoxon.ts";

/**
 * The centre of values that scatter evenly around it: the median of all Walsh averages (xᵢ + xⱼ)/2, i ≤ j (Hodges & Lehmann
 * 1963), with the distribution-free 95 % interval of the signed-rank test, between two of these averages. Fewer than six
 * values give no such interval; it is then all that was seen. The n²/2 averages are never all made.
 * @returns null without values
 */
export function hodgesLehmann(values: readonly number[]): RatioEstimate | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const averages = (sorted.length * (sorted.length + 1)) / 2;
  const rank = walshRank(sorted.length);
  const lower = walshAverage(sorted, Math.floor((averages + 1) / 2));
  const upper = averages % 2 === 1 ? lower : walshAverage(sorted, averages / 2 + 1);
  return {
    estimate: (lower + upper) / 2,
    low: walshAverage(sorted, rank),
    high: walshAverage(sorted, averages + 1 - rank),
  };
}

/**
 * The Walsh average at a place (from 1) when all are sorted. Two bounds close in on it, by turns by proportion and by half,
 * each step counting how many averages are not above one (Johnson & Mizoguchi 1978), until so few lie between them that
 * these can be sorted.
 */
function walshAverage(sorted: Float64Array, place: number): number {
  let low = sorted[0] ?? 0;
  let high = sorted.at(-1) ?? 0;
  let [belowLow, belowHigh] = [countNotAbove(sorted, low), (sorted.length * (sorted.length + 1)) / 2];
  if (belowLow >= place) return low;
  for (let half = false; belowHigh - belowLow > sorted.length; half = !half) {
    const middle = low + (high - low) * (half ? 0.5 : (place - belowLow) / (belowHigh - belowLow));
    if (middle <= low || middle >= high) {
      const halfway = low + (high - low) / 2;
      // Nothing lies between two neighbouring doubles, so that all averages above the lower bound equal the upper one.
      if (halfway <= low || halfway >= high) return high;
      continue;
    }
    const below = countNotAbove(sorted, middle);
    if (below >= place) [high, belowHigh] = [middle, below];
    else [low, belowLow] = [middle, below];
  }
  return averagesWithin(sorted, low, high)[place - belowLow - 1] ?? high;
}

/** The averages of sorted values rise along rows and columns, so that one walk counts them all. */
function countNotAbove(sorted: Float64Array, value: number): number {
  let count = 0;
  let end = sorted.length - 1;
  for (let start = 0; start <= end; start++) {
    const first = sorted[start] ?? 0;
    while (end >= start && (first + (sorted[end] ?? 0)) / 2 > value) end -= 1;
    count += end - start + 1;
  }
  return count;
}

/** The averages above `low` and not above `high`, rising. */
function averagesWithin(sorted: Float64Array, low: number, high: number): Float64Array {
  const within: number[] = [];
  let end = sorted.length - 1;
  for (let start = 0; start <= end; start++) {
    const first = sorted[start] ?? 0;
    while (end >= start && (first + (sorted[end] ?? 0)) / 2 > high) end -= 1;
    for (let other = end; other >= start; other--) {
      const average = (first + (sorted[other] ?? 0)) / 2;
      if (average <= low) break;
      within.push(average);
    }
  }
  return Float64Array.from(within).sort();
}
