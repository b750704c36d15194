/** Failures that one address may make in a window; a person mistypes, a program guesses. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Addresses that are remembered; the one that failed first is forgotten first. */
const MAX_ADDRESSES = 1000;

interface Failures {
  count: number;
  readonly since: number;
}

/**
 * Counts wrong tokens by address, so that a program with a wrong one hears of it and is told to stop. Who has the right one
 * is never asked: a token is too long to be found by trying. Memory is bounded.
 */
export class FailureLimiter {
  readonly #now: () => number;
  readonly #failures = new Map<string, Failures>();

  /** @param now milliseconds on a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns milliseconds until a wrong token from this address is one failure among others again; 0 for now */
  waitMs(address: string): number {
    const failures = this.#failures.get(address);
    if (failures === undefined || failures.count < MAX_FAILURES) return 0;
    return Math.max(0, failures.since + WINDOW_MS - this.#now());
  }

  fail(address: string): void {
    const failures = this.#failures.get(address);
    if (failures !== undefined && this.#now() < failures.since + WINDOW_MS) {
      failures.count += 1;
      return;
    }
    this.#failures.delete(address);
    if (this.#failures.size >= MAX_ADDRESSES) {
      const oldest = this.#failures.keys().next();
      if (oldest.done !== true) this.#failures.delete(oldest.value);
    }
    this.#failures.set(address, { count: 1, since: this.#now() });
  }
}
