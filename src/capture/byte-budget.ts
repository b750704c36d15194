/** A limit on the bytes held in memory at once, shared by everything that takes from it. */
export class ByteBudget {
  readonly #parent: ByteBudget | undefined;
  #max: number;
  #used = 0;

  /** @param parent the budget that contains this one: bytes taken here are taken there as well */
  constructor(max: number, parent?: ByteBudget) {
    this.#max = max;
    this.#parent = parent;
  }

  get used(): number {
    return this.#used;
  }

  get isExhausted(): boolean {
    return this.#used >= this.#max;
  }

  /** @returns false when the bytes do not fit; nothing is taken then */
  tryTake(bytes: number): boolean {
    if (this.#used + bytes > this.#max || this.#parent?.tryTake(bytes) === false) return false;
    this.#used += bytes;
    return true;
  }

  /** Takes bytes even if they do not fit, for memory that is already allocated. */
  take(bytes: number): void {
    this.#used += bytes;
    this.#parent?.take(bytes);
  }

  give(bytes: number): void {
    this.#used -= bytes;
    this.#parent?.give(bytes);
  }

  /** Changes the limit. Bytes that are already taken stay taken, even above the new limit. */
  resize(max: number): void {
    this.#max = max;
  }
}
