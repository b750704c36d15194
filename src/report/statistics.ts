import type { Proportion } from "../model/report.ts";

/** Two-sided 95 % quantile of the standard normal distribution. */
export const Z_95 = 1.959963984540054;

/**
 * Wilson's score interval of a share, 95 %. It keeps its coverage at shares near 1 and at few trials, where the usual
 * interval collapses to a point (Wilson 1927; compared in Newcombe 1998, Statistics in Medicine 17:857).
 * @param successes 0 to trials
 * @returns for no trials at all the rate 0 and the interval from 0 to 1: nothing is known
 */
export function wilsonInterval(successes: number, trials: number): Proportion {
  if (trials === 0) return { rate: 0, low: 0, high: 1 };
  const rate = successes / trials;
  const z2 = Z_95 * Z_95;
  const scale = 1 + z2 / trials;
  const centre = (rate + z2 / (2 * trials)) / scale;
  const half = (Z_95 / scale) * Math.sqrt((rate * (1 - rate)) / trials + z2 / (4 * trials * trials));
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
  const series = LANCZOS.reduce((sum, term, index) => (index === 0 ? term : sum + term / (shifted + index)), 0);
  const base = shifted + LANCZOS_G + 0.5;
  return HALF_LOG_TWO_PI + (shifted + 0.5) * Math.log(base) - base + Math.log(series);
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/**
 * Evidence that two kinds of discordant pairs are not equally likely, as the natural logarithm of an e-value:
 * E = 2^(b+c) · B(b+½, c+½) / B(½, ½). It is McNemar's question (1947) put as a bet: the likelihood ratio of Jeffreys'
 * mixture over all coins against the fair coin. Under a fair coin P(E ever reaches 1/α) ≤ α (Ville's inequality; Robbins
 * 1970), so it may be looked at after every request without raising the share of false alarms.
 * @param b pairs in which only the first differed
 * @param c pairs in which only the second differed
 * @returns ln E; 0 when there is no discordant pair
 */
export function logDiscordanceEvidence(b: number, c: number): number {
  return (b + c) * Math.LN2 + logBeta(b + 0.5, c + 0.5) - Math.log(Math.PI); // B(½, ½) = π
}
