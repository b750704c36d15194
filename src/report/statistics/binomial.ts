/** Up to this many values the binomial distribution is summed; beyond, the normal one is as good. */
export const EXACT_BINOMIAL = 1_000;

/** P(Bin(n, ½) ≤ k). @param total at most `EXACT_BINOMIAL`, so that 2^−n does not vanish */
export function halfTail(k: number, total: number): number {
  let probability = 0.5 ** total;
  let sum = 0;
  for (let j = 0; j <= k; j++) {
    sum += probability;
    probability *= (total - j) / (j + 1);
  }
  return sum;
}
