import { Z } from "./significance.ts";

/** Added to each of the four kinds of pairs (Agresti & Min 2005). */
const PSEUDO_PAIRS = 0.5;

/** How the two sides of paired exchanges differ from the primary. */
export interface PairedDifferences {
  readonly pairs: number;
  /** Pairs in which the candidate, the secondary, or both differ. */
  readonly candidateOnly: number;
  readonly secondaryOnly: number;
  readonly both: number;
  /** How many events of a burst count as one. */
  readonly inflation: number;
}

/**
 * The largest share of responses in which the candidate may have changed without being seen behind the noise: the upper end of
 * the 95% interval of the excess (b − c)/n, divided by the share of responses without noise, because a change is seen only
 * there. The interval is that of Agresti & Min 2005 (Statistics in Medicine 24:729) for paired shares, with all counts divided
 * by the variance inflation.
 * @returns 0–1; 1 if the secondary differs in every pair
 */
export function hiddenChange({ pairs, candidateOnly, secondaryOnly, both, inflation }: PairedDifferences): number {
  const n = pairs / inflation + 4 * PSEUDO_PAIRS;
  const b = candidateOnly / inflation + PSEUDO_PAIRS;
  const c = secondaryOnly / inflation + PSEUDO_PAIRS;
  const excess = (b - c) / n;
  const high = excess + Z * Math.sqrt(Math.max(0, (b + c) / n - excess * excess) / n);
  const quiet = 1 - (secondaryOnly + both) / pairs;
  return quiet <= 0 ? 1 : Math.min(1, Math.max(0, high) / quiet);
}
