/** Timers that a test can replace. */
interface PacerTimers {
  setTimeout(callback: () => void, ms: number): { unref(): unknown };
  clear(timer: { unref(): unknown }): void;
}

/** Calls a function at once, or as soon as it may rest no longer; calls while it rests become one. */
export class PacedCalls {
  readonly #act: () => void;
  readonly #restMs: () => number;
  readonly #timers: PacerTimers;
  #timer: { unref(): unknown } | undefined;

  /** @param restMs milliseconds until it may be called; not positive for now */
  constructor(act: () => void, restMs: () => number, timers: PacerTimers) {
    this.#act = act;
    this.#restMs = restMs;
    this.#timers = timers;
  }

  call(): void {
    if (this.#timer !== undefined) return;
    const restMs = this.#restMs();
    if (restMs <= 0) {
      this.#act();
      return;
    }
    this.#timer = this.#timers.setTimeout(() => {
      this.#timer = undefined;
      this.call();
    }, restMs);
    this.#timer.unref();
  }

  close(): void {
    if (this.#timer !== undefined) this.#timers.clear(this.#timer);
  }
}
