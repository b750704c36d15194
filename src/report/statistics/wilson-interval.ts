import type { Proportion } from "../../model/report.ts";
import { Z } from "./significance.ts";

/**
 * Wilson's score interval of a share. It keeps its coverage for shares near 1 and for few trials, where the usual interval
 * collapses to a point (Wilson 1927; compared in Newcombe 1998, Statistics in Medicine 17:857).
 * @param successes 0 to trials
 * @returns without trials, the rate 0 and the interval from 0 to 1
 */
export function wilsonInterval(successes: number, trials: number): Proportion {
  if (trials === 0) return { rate: 0, low: 0, high: 1 };
  const rate = successes / trials;
  const z2 = Z * Z;
  const scale = 1 + z2 / trials;
  const center = (rate + z2 / (2 * trials)) / scale;
  const half = (Z / scale) * Math.sqrt((rate * (1 - rate)) / trials + z2 / (4 * trials * trials));
  // At the ends the formula gives 0 and 1 exactly, but floating point does not.
  const low = successes === 0 ? 0 : Math.max(0, center - half);
  const high = successes === trials ? 1 : Math.min(1, center + half);
  return { rate, low, high };
}
