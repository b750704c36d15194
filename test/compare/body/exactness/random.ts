import { seeded } from "../../../lib/seeded.ts";

/** Reproducible choices. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  /** An integer from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor(this.#next() * below);
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** A list with this many items or fewer. */
  list<Item>(most: number, create: () => Item, least = 0): Item[] {
    return Array.from({ length: least + this.below(most - least + 1) }, create);
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const all = [...items];
    for (let at = all.length - 1; at > 0; at -= 1) {
      const other = this.below(at + 1);
      [all[at], all[other]] = [all[other] as Item, all[at] as Item];
    }
    return all;
  }

  /** Another order, in which items with the same key keep theirs. */
  reordered<Item>(items: readonly Item[], keyOf: (item: Item) => unknown): Item[] {
    const queues = Map.groupBy(items, keyOf);
    return this.shuffled(items.map(keyOf)).map((key) => queues.get(key)?.shift() as Item);
  }

  /** A list with one item added, removed, replaced or moved. */
  changed<Item>(items: readonly Item[], create: () => Item, change: (item: Item) => Item): Item[] {
    const at = this.below(items.length);
    const to = this.below(items.length);
    const item = items[at];
    const how = this.below(6);
    if (item === undefined || how === 0) return items.toSpliced(at, 0, create());
    if (how === 1 && items.length > 1) return items.toSpliced(at, 1);
    if (how === 2) return items.toSpliced(at, 1).toSpliced(to, 0, item);
    return items.toSpliced(at, 1, change(item));
  }
}
