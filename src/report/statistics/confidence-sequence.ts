import { betaAbove, logBeta } from "./beta-function.ts";
import { evidenceBar } from "./e-values.ts";

/** Hits that the mixture expects before any trial: it is tightest where the rate is at the limit. */
const PRIOR_HITS = 0.5;

/**
 * Evidence that a rate is not p, as the natural logarithm of an e-value: the likelihood ratio of a beta mixture against p,
 * E = B(k+a, n−k+b) / B(a, b) / (p^k (1−p)^(n−k)), with a = ½ and b = a/p. The rates with E < 1/α are a confidence sequence:
 * they cover the true rate at all times together with probability 1 − α (Robbins 1970; Howard et al. 2021, Annals of
 * Statistics 49:1055). The limit determines the mixture before any data: for 0.1% it is a = ½, b = 500.
 * @param hits 0 to trials
 * @param rate above 0 and below 1
 */
export function logRateEvidence(hits: number, trials: number, rate: number): number {
  const [a, b] = [PRIOR_HITS, PRIOR_HITS / rate];
  const misses = trials - hits;
  return logBeta(hits + a, misses + b) - logBeta(a, b) - hits * Math.log(rate) - misses * Math.log1p(-rate);
}

/**
 * Evidence that a rate is above p, as the natural logarithm of an e-value: `logRateEvidence` with the part of its mixture above p
 * only. Its growth is not expected to exceed 0 at any rate up to p.
 * @param hits 0 to trials; fractions are allowed, for counts that are divided by a variance inflation
 */
export function logRateAboveEvidence(hits: number, trials: number, rate: number): number {
  if (rate <= 0) return hits > 0 ? Number.POSITIVE_INFINITY : 0;
  if (rate >= 1) return 0;
  const [a, b] = [PRIOR_HITS, PRIOR_HITS / rate];
  const above = betaAbove(rate, hits + a, trials - hits + b) / betaAbove(rate, a, b);
  return logRateEvidence(hits, trials, rate) + Math.log(above);
}

/** Whether the confidence sequence lies below the limit. A limit of 0 can never be proven, so it means: no hit. */
export function isRateBelow(hits: number, trials: number, limit: number): boolean {
  if (limit <= 0) return hits === 0;
  if (limit >= 1) return true;
  return hits < trials * limit && logRateEvidence(hits, trials, limit) >= evidenceBar();
}

/**
 * How many trials in all prove that the rate is below the limit, if no more hit follows.
 * @returns at least `trials`; null if no number is enough
 */
export function trialsUntilBelow(hits: number, trials: number, limit: number): number | null {
  if (isRateBelow(hits, trials, limit)) return trials;
  if (limit <= 0) return null;
  // Once hits / trials is below the limit, each further trial without a hit adds evidence.
  let below = trials;
  let enough = Math.max(1, trials);
  while (!isRateBelow(hits, enough, limit)) [below, enough] = [enough, enough * 2];
  while (enough - below > 1) {
    const middle = Math.floor((below + enough) / 2);
    if (isRateBelow(hits, middle, limit)) enough = middle;
    else below = middle;
  }
  return enough;
}
