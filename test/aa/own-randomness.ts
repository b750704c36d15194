import { createHash } from "node:crypto";

/** A hash of a text, uniform in [0, 1): what depends on the input alone. */
export function hashShare(text: string): number {
  return createHash("sha1").update(text).digest().readUInt32BE(0) / 2 ** 32;
}

/** Exponentially distributed with this mean. */
export function exponential(mean: number, random: () => number): number {
  return -Math.log(1 - random()) * mean;
}

export interface Bursts {
  readonly meanGapMs: number;
  readonly shortestMs: number;
  readonly longestMs: number;
}

/**
 * A server's own bursts: the gaps are exponentially distributed, the lengths uniform.
 * @returns whether a burst is on at a time; times must not decrease
 */
export function createBursts(
  { meanGapMs, shortestMs, longestMs }: Bursts,
  random: () => number,
): (now: number) => boolean {
  let start: number | null = null;
  let end = 0;
  return (now) => {
    if (start === null || now >= end) {
      start = now + exponential(meanGapMs, random);
      end = start + shortestMs + (longestMs - shortestMs) * random();
    }
    return now >= start && now < end;
  };
}
