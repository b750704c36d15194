/** How many values a comparison may still look at, so that no pair of bodies takes a thread for long. */
export class Budget {
  #left: number;

  constructor(values: number) {
    this.#left = values;
  }

  /** @returns false when there is nothing left: the comparison must be cut, visibly */
  take(values: number): boolean {
    this.#left -= values;
    return this.#left >= 0;
  }

  get exhausted(): boolean {
    return this.#left < 0;
  }
}
