/** When a failed operation may be tried again: after a delay that doubles with every failure in a row. */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  #delayMs = 0;
  #until = Number.NEGATIVE_INFINITY;

  constructor(minMs: number, maxMs: number) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
  }

  /** @param now monotonic milliseconds, as in `failed` */
  isResting(now: number): boolean {
    return now < this.#until;
  }

  failed(now: number): void {
    this.#delayMs = Math.min(Math.max(this.#delayMs * 2, this.#minMs), this.#maxMs);
    this.#until = now + this.#delayMs;
  }

  succeeded(): void {
    this.#delayMs = 0;
    this.#until = Number.NEGATIVE_INFINITY;
  }
}
