import type { RatioEstimate } from "../../model/report.ts";
import { rising } from "./wilson-interval.ts";
import { walshRank } from "./wilcoxon.ts";

/** So few averages are sorted out; more are closed in on first. */
const FEW = 64;

/** How many averages are not above a value. */
interface Probe {
  readonly value: number;
  readonly below: number;
}

/**
 * The centre of values that scatter evenly around it: the median of all Walsh averages (xᵢ + xⱼ)/2, i ≤ j (Hodges & Lehmann
 * 1963), with the distribution-free 95 % interval of the signed-rank test, between two of these averages. Fewer than six
 * values give no such interval; it is then all that was seen. The n²/2 averages are never all made.
 * @returns null without values
 */
export function hodgesLehmann(values: ArrayLike<number>): RatioEstimate | null {
  if (values.length === 0) return null;
  const sorted = rising(values);
  const averages = (sorted.length * (sorted.length + 1)) / 2;
  const rank = walshRank(sorted.length);
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
  // The places that are asked for lie close together: what was counted for one brings the next one near.
  const probes: Probe[] = [
    { value: first, below: countNotAbove(sorted, first) },
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

/**
 * The Walsh average at a place (from 1) when all are sorted. Two bounds close in on it, each step counting how many averages
 * are not above one (Johnson & Mizoguchi 1978), until so few lie between them that these can be sorted.
 * @param probes what was counted so far; grows
 */
function walshAverage(sorted: Float64Array, place: number, probes: Probe[]): number {
  let low: Probe = { value: Number.NEGATIVE_INFINITY, below: 0 };
  let high: Probe = { value: Number.POSITIVE_INFINITY, below: Number.POSITIVE_INFINITY };
  for (const probe of probes) {
    if (probe.below < place && probe.value > low.value) low = probe;
    if (probe.below >= place && probe.value < high.value) high = probe;
  }
  if (low.below === 0) return high.value;
  let before = Number.POSITIVE_INFINITY;
  for (let between = high.below - low.below; between > FEW; between = high.below - low.below) {
    const share = between > before / 2 ? 0.5 : (aimOf(place, low, high, sorted.length) - low.below) / between;
    const value = valueBetween(low.value, high.value, share);
    // Nothing lies between two neighbouring doubles, so that all averages above the lower bound equal the upper one.
    if (value === null) return high.value;
    const probe = { value, below: countNotAbove(sorted, value) };
    probes.push(probe);
    if (probe.below >= place) high = probe;
    else low = probe;
    before = between;
  }
  return averagesWithin(sorted, low.value, high.value)[place - low.below - 1] ?? high.value;
}

/**
 * Which place to count at next: just beyond the wanted one, on the side that is farther off, so that the bounds come near from
 * both sides. How far beyond is what a straight line may miss between these bounds.
 */
function aimOf(place: number, low: Probe, high: Probe, values: number): number {
  const between = high.below - low.below;
  const beyond = Math.min(between / 8, (4 * between * between) / (values * values) + FEW / 8);
  return place - low.below > high.below - place ? place - beyond : place + beyond;
}

/** @returns null when no double lies between the two */
function valueBetween(low: number, high: number, share: number): number | null {
  const value = low + (high - low) * share;
  if (value > low && value < high) return value;
  const halfway = low + (high - low) / 2;
  return halfway > low && halfway < high ? halfway : null;
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
