import type { ChartData } from "./chart-model.ts";
import { formatTimeOfDay, formatDateTime } from "../time.ts";

/** The label of a latency on an axis, without trailing zeros: `1.5 ms`, `20 s`. */
export function formatTickDuration(milliseconds: number): string {
  return milliseconds >= 1_000
    ? `${Number((milliseconds / 1_000).toPrecision(3))} s`
    : `${Number(milliseconds.toPrecision(3))} ms`;
}

/** Local time as exact as the distance of the ticks needs. @param stepMs of the ticks */
export function formatTickTime(at: number, stepMs: number): string {
  if (stepMs >= 86_400_000) return formatDateTime(at).slice(0, 10);
  if (stepMs >= 60_000) return formatTimeOfDay(at).slice(0, 5);
  return stepMs >= 1_000 ? formatTimeOfDay(at) : formatFraction(at);
}

/** Local time of day with milliseconds, if it is not a full second: `14:03:27.125`. */
export function formatFraction(at: number): string {
  const fraction = Math.round(at) % 1_000;
  return fraction === 0 ? formatTimeOfDay(at) : `${formatTimeOfDay(at)}.${String(fraction).padStart(3, "0")}`;
}

/** The ticks of a logarithmic axis: 1, 2 and 5 times each power of ten, or powers of ten alone where they are many. */
export function logarithmicTicks(low: number, high: number, most: number): readonly number[] {
  for (const factors of [[1, 1.5, 2, 3, 4, 5, 7], [1, 2, 5], [1, 3], [1]]) {
    const ticks = ticksBetween(low, high, factors);
    if (ticks.length <= most) return ticks;
  }
  return ticksBetween(low, high, [1]);
}

function ticksBetween(low: number, high: number, factors: readonly number[]): readonly number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1) {
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(3));
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** The ticks of an axis that is logarithmic on both sides of zero: powers of ten, fewer where they are many. */
export function signedTicks(low: number, high: number): readonly number[] {
  const reach = Math.max(Math.abs(low), Math.abs(high), 1);
  const powers = Array.from({ length: Math.floor(Math.log10(reach)) + 1 }, (_, power) => 10 ** power);
  const shown = powers.filter((_, at) => powers.length <= 3 || at % 2 === (powers.length - 1) % 2);
  return [...shown.toReversed().map((value) => -value), 0, ...shown].filter((value) => value >= low && value <= high);
}

/** From the data and not from the suggested limits, because uPlot suggests a whole day for a single moment. */
export function timeLimits(
  { x, ends }: Pick<ChartData, "x" | "ends">,
  low: number,
  high: number,
): readonly [number, number] {
  const from = x[0] ?? low;
  const to = ends?.at(-1) ?? x.at(-1) ?? high;
  const margin = Math.max(to - from, 125) * 0.02;
  // Full milliseconds: uPlot takes a fraction for an offset of the time zone, and its ticks miss the full minutes.
  return [Math.floor(from - margin), Math.ceil(to + margin)];
}
