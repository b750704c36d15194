import { evidenceBar } from "./e-values.ts";
import { logBeta } from "./wilson-interval.ts";

/** Hits that the mixture expects before any trial: with its rate at the limit, the sequence is tightest there. */
const PRIOR_HITS = 0.5;

/**
 * Evidence that the rate of something is not p, as the natural logarithm of an e-value: the likelihood ratio of a beta
 * mixture against p, E = B(k+a, n−k+b) / B(a, b) / (p^k (1−p)^(n−k)), with a = ½ and b = a/p. The rates with E < 1/α are a
 * confidence sequence: they cover the true rate at all moments at once with probability 1 − α (Robbins 1970; Howard et al.
 * 2021, Annals of Statistics 49:1055). The mixture is chosen by the limit that the rate is held against, before anything
 * is seen: for 0.1 % it is a = ½, b = 500.
 * @param hits 0 to trials
 * @param rate above 0 and below 1
 */
export function logRateEvidence(hits: number, trials: number, rate: number): number {
  const [a, b] = [PRIOR_HITS, PRIOR_HITS / rate];
  const misses = trials - hits;
  return logBeta(hits + a, misses + b) - logBeta(a, b) - hits * Math.log(rate) - misses * Math.log1p(-rate);
}

/** Whether the confidence sequence lies above the limit. @param bar ln E that it takes */
export function isRateAbove(hits: number, trials: number, limit: number, bar: number): boolean {
  if (limit <= 0) return hits > 0;
  if (limit >= 1) return false;
  return hits > trials * limit && logRateEvidence(hits, trials, limit) >= bar;
}

/**
 * Whether the confidence sequence lies below the limit. A limit of 0 can be refuted and never be proven; it is taken for
 * what it says, no hit at all.
 */
export function isRateBelow(hits: number, trials: number, limit: number): boolean {
  if (limit <= 0) return hits === 0;
  if (limit >= 1) return true;
  return hits < trials * limit && logRateEvidence(hits, trials, limit) >= evidenceBar();
}

/**
 * How many trials it takes in all until the rate is known to be below the limit, if no hit follows.
 * @returns at least `trials`; null when no number is enough
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
