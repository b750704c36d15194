/** Values between two looks at the clock. */
const LOOK_EVERY = 10_000;

/** How much a comparison may still look at, and until when, so that no pair of bodies takes a thread for long. */
export class ComparisonBudget {
  readonly #until: number;
  readonly #now: () => number;
  #left: number;
  #lookAt: number;

  /** @param maxMs from now on, on the clock `now` */
  constructor(values: number, maxMs = Infinity, now = () => performance.now()) {
    this.#left = values;
    this.#lookAt = values - LOOK_EVERY;
    this.#now = now;
    this.#until = maxMs === Infinity ? Infinity : now() + maxMs;
  }

  /** @returns false when there is nothing left: the comparison must be cut, visibly */
  take(values: number): boolean {
    this.#left -= values;
    if (this.#left < this.#lookAt) this.#look();
    return this.#left >= 0;
  }

  get exhausted(): boolean {
    return this.#left < 0;
  }

  #look(): void {
    this.#lookAt = this.#left - LOOK_EVERY;
    if (this.#until !== Infinity && this.#now() > this.#until) this.#left = Math.min(this.#left, -1);
  }
}
