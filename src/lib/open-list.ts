/** What an open list keeps a note in: where in the list it stands. */
export interface Listed {
  listedAt: number;
}

/**
 * What is under way, thousands of additions and removals a second. Not a Set: each time that a Set grows or shrinks, its old
 * table keeps pointing to the new one, and once one such table has reached V8's old generation, everything that was ever
 * open survives until the next full collection.
 */
export class OpenList<T extends Listed> implements Iterable<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** @param item of no list so far */
  add(item: T): void {
    item.listedAt = this.#items.length;
    this.#items.push(item);
  }

  /** @param item of this list; its order is not kept */
  delete(item: T): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    last.listedAt = item.listedAt;
    this.#items[item.listedAt] = last;
  }

  /** Over those of this moment: they may be deleted meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#items].values();
  }
}
