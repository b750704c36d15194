import type { DelayRange } from "../model/routing.ts";

/**
 * Whether a request with this draw is sampled. Samples are nested: a request that is sampled at 5% is also sampled at 10%.
 * @param draw uniform in [0, 1), one per request
 * @param percent 0–100; both ends are exact
 */
export function isSampled(draw: number, percent: number): boolean {
  return draw < percent / 100;
}

/** Draws a delay in milliseconds, uniform between the bounds. */
export function drawDelay({ minMs, maxMs }: DelayRange, random: () => number): number {
  return minMs + random() * (maxMs - minMs);
}

/** Shuffles the items in place (Fisher–Yates). */
export function shuffle<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
