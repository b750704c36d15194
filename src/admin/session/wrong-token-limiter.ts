/** Wrong tokens per address and window: enough for typing errors, too few for guessing. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Maximum number of tracked addresses; the oldest entry is evicted first. */
const MAX_ADDRESSES = 1000;

interface Failures {
  count: number;
  readonly startedAt: number;
}

/**
 * Limits the rate of wrong tokens per address, in bounded memory. It slows down misconfigured clients; guessing is prevented
 * by the length of the token, so the right token is never limited.
 */
export class WrongTokenLimiter {
  readonly #now: () => number;
  readonly #failures = new Map<string, Failures>();

  /** @param now milliseconds on a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns milliseconds until the address can send another wrong token; 0 if it can now */
  waitMs(address: string): number {
    const failures = this.#failures.get(address);
    if (failures === undefined || failures.count < MAX_FAILURES) return 0;
    return Math.max(0, failures.startedAt + WINDOW_MS - this.#now());
  }

  recordFailure(address: string): void {
    const failures = this.#failures.get(address);
    if (failures !== undefined && this.#now() < failures.startedAt + WINDOW_MS) {
      failures.count += 1;
      return;
    }
    this.#failures.delete(address);
    if (this.#failures.size >= MAX_ADDRESSES) {
      const oldest = this.#failures.keys().next();
      if (oldest.done !== true) this.#failures.delete(oldest.value);
    }
    this.#failures.set(address, { count: 1, startedAt: this.#now() });
  }
}
