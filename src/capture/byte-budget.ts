/** A bound on bytes held in memory at once, shared by all who take from it. */
export class ByteBudget {
  readonly #whole: ByteBudget | undefined;
  #max: number;
  #used = 0;

  /** @param whole that this one is a part of: what is taken here is taken there too */
  constructor(max: number, whole?: ByteBudget) {
    this.#max = max;
    this.#whole = whole;
  }

  get used(): number {
    return this.#used;
  }

  get exhausted(): boolean {
    return this.#used >= this.#max;
  }

  /** @returns false, and nothing is taken, when the bytes do not fit */
  tryTake(bytes: number): boolean {
    if (this.#used + bytes > this.#max || this.#whole?.tryTake(bytes) === false) return false;
    this.#used += bytes;
    return true;
  }

  /** Takes even what does not fit, for memory that is there already. */
  take(bytes: number): void {
    this.#used += bytes;
    this.#whole?.take(bytes);
  }

  give(bytes: number): void {
    this.#used -= bytes;
    this.#whole?.give(bytes);
  }

  /** What is taken stays taken, also when it is more than that. */
  resize(max: number): void {
    this.#max = max;
  }
}
