/** Values between two checks of the clock. */
const CLOCK_CHECK_INTERVAL = 10_000;

/** Limits how many values a comparison visits and how long it takes, so that no pair of bodies blocks a thread. */
export class ComparisonBudget {
  readonly #maxMs: number;
  readonly #now: () => number;
  /** Set at the first check: most comparisons never read the clock, which takes 1 µs. */
  #deadline: number | undefined;
  #remaining: number;
  #checkClockAt: number;

  /** @param maxMs CPU time on the clock `now`, so that a busy machine ends no comparison */
  constructor(values: number, maxMs = Infinity, now = threadCpuMs) {
    this.#remaining = values;
    this.#checkClockAt = values - CLOCK_CHECK_INTERVAL;
    this.#now = now;
    this.#maxMs = maxMs;
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
    if (this.#maxMs === Infinity) return;
    this.#deadline ??= this.#now() + this.#maxMs;
    if (this.#now() > this.#deadline) this.#remaining = Math.min(this.#remaining, -1);
  }
}

/** CPU time of this thread in milliseconds. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
