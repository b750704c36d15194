import type { Proportion } from "../../model/report.ts";

import { Z } from "./significance.ts";

/**
 * Wilson's score interval of a share, 95 %. It keeps its coverage at shares near 1 and at few trials, where the usual
 * interval collapses to a point (Wilson 1927; compared in Newcombe 1998, Statistics in Medicine 17:857).
 * @param successes 0 to trials
 * @returns for no trials at all the rate 0 and the interval from 0 to 1: nothing is known
 */
export function wilsonInterval(successes: number, trials: number): Proportion {
  if (trials === 0) return { rate: 0, low: 0, high: 1 };
  const rate = successes / trials;
  const z2 = Z * Z;
  const scale = 1 + z2 / trials;
  const centre = (rate + z2 / (2 * trials)) / scale;
  const half = (Z / scale) * Math.sqrt((rate * (1 - rate)) / trials + z2 / (4 * trials * trials));
  // At the ends the formula gives 0 and 1 exactly; floating point only nearly.
  const low = successes === 0 ? 0 : Math.max(0, centre - half);
  const high = successes === trials ? 1 : Math.min(1, centre + half);
  return { rate, low, high };
}

/** Lanczos' approximation with g = 7 and nine terms (Lanczos 1964); relative error below 1e-14 for positive arguments. */
const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** Natural logarithm of the gamma function. @param x at least 0.5 */
export function logGamma(x: number): number {
  const shifted = x - 1;
  // A loop: a report asks for it tens of thousands of times.
  let series: number = LANCZOS[0];
  for (let index = 1; index < LANCZOS.length; index++) series += (LANCZOS[index] ?? 0) / (shifted + index);
  const base = shifted + LANCZOS_G + 0.5;
  return HALF_LOG_TWO_PI + (shifted + 0.5) * Math.log(base) - base + Math.log(series);
}

/** Natural logarithm of the beta function. @param a at least 0.5 @param b at least 0.5 */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/**
 * Chance that a standard normal value lies at least so far from 0, on either side. Chebyshev fit of erfc with a relative
 * error below 1.2e-7 everywhere (Press et al., Numerical Recipes, §6.2), so that small p-values keep their digits.
 * @param z at least 0
 */
export function twoSidedNormalTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  return t * Math.exp(-x * x + ERFC.reduceRight((sum, term) => sum * t + term, 0));
}

const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
] as const;

/** Values from the smallest to the largest. @returns a copy, unless they stand so already: sorting again what is sorted takes long */
export function rising(values: ArrayLike<number>): Float64Array {
  return values instanceof Float64Array && isRising(values) ? values : new Float64Array(values).sort();
}

function isRising(values: Float64Array): boolean {
  for (let at = 1; at < values.length; at++) if (!((values[at - 1] ?? 0) <= (values[at] ?? 0))) return false;
  return true;
}

/** The value that stands at a place (from 0) when all are sorted (Hoare 1961, Algorithm 65: Find). @param values are reordered */
export function valueAtPlace(values: Float64Array, place: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0;
    let [left, right] = [low, high];
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left += 1;
      while ((values[right] ?? 0) > pivot) right -= 1;
      if (left > right) break;
      const kept = values[left] ?? 0;
      values[left] = values[right] ?? 0;
      values[right] = kept;
      left += 1;
      right -= 1;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return values[place] ?? 0;
}
