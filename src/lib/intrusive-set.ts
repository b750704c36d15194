/** Holds its own index in the set that contains it, so that it can be removed without a lookup. */
export interface IntrusiveItem {
  setIndex: number;
}

/**
 * An unordered set for thousands of additions and removals per second, such as requests in flight. Unlike a `Set` it leaves
 * nothing behind when it grows or shrinks: the old hash tables of a `Set` point to the new ones, and once one of them reaches
 * V8's old generation, every item that was ever in the set survives until the next full collection.
 */
export class IntrusiveSet<T extends IntrusiveItem> implements Iterable<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** @param item must not be in any set */
  add(item: T): void {
    item.setIndex = this.#items.length;
    this.#items.push(item);
  }

  /** Moves the last item into the gap. @param item must be in this set */
  delete(item: T): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    last.setIndex = item.setIndex;
    this.#items[item.setIndex] = last;
  }

  /** Iterates over a copy, so that items can be deleted during the iteration. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#items].values();
  }
}
