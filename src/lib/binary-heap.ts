/** A priority queue: the smallest item comes first. Adding and removing take logarithmic time. */
export class BinaryHeap<Item> {
  readonly #isBefore: (one: Item, other: Item) => boolean;
  #items: Item[] = [];

  /** @param isBefore a strict order */
  constructor(isBefore: (one: Item, other: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The smallest item; undefined if there is none. */
  get first(): Item | undefined {
    return this.#items[0];
  }

  add(item: Item): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above] as Item;
      if (!this.#isBefore(item, parent)) break;
      items[at] = parent;
      at = above;
    }
    items[at] = item;
  }

  /** Removes the smallest item. */
  removeFirst(): Item | undefined {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      const below = this.#smallerChild(at);
      const child = items[below];
      if (child === undefined || !this.#isBefore(child, last)) break;
      items[at] = child;
      at = below;
    }
    items[at] = last;
    return first;
  }

  clear(): void {
    this.#items = [];
  }

  #smallerChild(at: number): number {
    const items = this.#items;
    const left = 2 * at + 1;
    const right = left + 1;
    return right < items.length && this.#isBefore(items[right] as Item, items[left] as Item) ? right : left;
  }
}
