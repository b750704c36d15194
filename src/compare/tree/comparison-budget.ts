/** Values between two checks of the clock. */
const CLOCK_CHECK_INTERVAL = 10_000;

/** Limits how many values a comparison visits and how long it takes, so that no pair of bodies blocks a thread. */
export class ComparisonBudget {
  readonly #deadline: number;
  readonly #now: () => number;
  #remaining: number;
  #checkClockAt: number;

  /** @param maxMs from now on, on the clock `now` */
  constructor(values: number, maxMs = Infinity, now = () => performance.now()) {
    this.#remaining = values;
    this.#checkClockAt = values - CLOCK_CHECK_INTERVAL;
    this.#now = now;
    this.#deadline = maxMs === Infinity ? Infinity : now() + maxMs;
  }

  /** @returns false when the budget is exhausted: the comparison must end and be reported as incomplete */
  take(values: number): boolean {
    this.#remaining -= values;
    if (this.#remaining < this.#checkClockAt) this.#checkClock();
    return this.#remaining >= 0;
  }

  get isExhausted(): boolean {
    return this.#remaining < 0;
  }

  #checkClock(): void {
    this.#checkClockAt = this.#remaining - CLOCK_CHECK_INTERVAL;
    if (this.#deadline !== Infinity && this.#now() > this.#deadline) this.#remaining = Math.min(this.#remaining, -1);
  }
}
