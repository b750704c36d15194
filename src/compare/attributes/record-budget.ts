/** Records of a thread. One takes some 50 µs, so that they take 1% of its time in the long run. */
const PER_SECOND = 200;
const BURST = 400;
const MS_PER_SECOND = 1_000;

/** A token bucket. Its time is that of the exchanges' arrival. */
export class RecordBudget {
  #tokens = BURST;
  #at = 0;

  /** @param at Unix milliseconds; earlier times than before add nothing */
  take(at: number): boolean {
    const passed = Math.max(0, at - this.#at);
    this.#at = Math.max(at, this.#at);
    this.#tokens = Math.min(BURST, this.#tokens + (passed * PER_SECOND) / MS_PER_SECOND);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
