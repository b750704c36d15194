/** A thread that lived this long is thought healthy: the next failure starts the count anew. */
const HEALTHY_MS = 10_000;
const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/**
 * How long to wait before a thread is started again: at once the first time, then doubling, so that a thread that cannot
 * live does not eat the machine.
 * @param now a monotonic clock in milliseconds
 * @returns a function to call at each death; gives milliseconds
 */
export function createRestartDelay(now: () => number): () => number {
  let failures = 0;
  let lastDeath = Number.NEGATIVE_INFINITY;
  return () => {
    failures = now() - lastDeath > HEALTHY_MS ? 0 : failures + 1;
    lastDeath = now();
    return failures === 0 ? 0 : Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
  };
}
