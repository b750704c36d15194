/** Mulberry32: a reproducible sequence, uniform in [0, 1), so that every run gives the same counts. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whether a number of hits is within three standard deviations of its expected value. */
export function withinThreeSigma(hits: number, draws: number, share: number): boolean {
  return isWithinSigma(3, hits, draws, share);
}

/** For draws without a seed: chance alone exceeds five standard deviations once in 1.7 million. */
export function withinFiveSigma(hits: number, draws: number, share: number): boolean {
  return isWithinSigma(5, hits, draws, share);
}

function isWithinSigma(deviations: number, hits: number, draws: number, share: number): boolean {
  return Math.abs(hits - draws * share) <= deviations * Math.sqrt(draws * share * (1 - share));
}
