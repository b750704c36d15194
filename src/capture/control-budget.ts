/** Of the time in which the thread is busy: more would slow down its clients. */
const BUSY_SHARE = 0.01;
/** Of its idle time. More would occupy the compare threads. */
const IDLE_SHARE = 0.02;
const BURST_MS = 10;
/** 10 µs per kilobyte, about what a compare thread needs to read a body, so that large ones are few. */
const MS_PER_BYTE = 10 / 1024 / 1_000;

/** Limits the time of a thread that controls cost. What they exceed it by delays the next ones. */
export class ControlBudget {
  readonly #now: () => number;
  readonly #idle: () => number;
  #leftMs = BURST_MS;
  #refilledAt: number;
  #idleBefore: number;

  /**
   * @param now monotonic milliseconds
   * @param idle milliseconds in which the thread was idle so far
   */
  constructor(now: () => number, idle: () => number) {
    this.#now = now;
    this.#idle = idle;
    this.#refilledAt = now();
    this.#idleBefore = idle();
  }

  /** @returns whether another control is affordable */
  hasTime(): boolean {
    const [now, idle] = [this.#now(), this.#idle()];
    const idleMs = idle - this.#idleBefore;
    const busyMs = Math.max(0, now - this.#refilledAt - idleMs);
    this.#leftMs = Math.min(BURST_MS, this.#leftMs + busyMs * BUSY_SHARE + idleMs * IDLE_SHARE);
    this.#refilledAt = now;
    this.#idleBefore = idle;
    return this.#leftMs > 0;
  }

  /** A control with a body of so many bytes took so long. */
  spend(ms: number, bytes: number): void {
    this.#leftMs -= ms + bytes * MS_PER_BYTE;
  }
}
