import type { ComparisonBudget } from "./comparison-budget.ts";
import { ExactNumber } from "./exact-number.ts";
import { Duplicates, type Json, type JsonObject, isContainer } from "./json-tree.ts";

/**
 * Gives equal trees equal numbers, by writing each distinct subtree down once (hash-consing), bottom up. Exact: no hash
 * can collide. The cost is linear in what is looked at, however often it is asked.
 */
export class SubtreeIds {
  readonly #budget: ComparisonBudget;
  readonly #scalars = new Map<unknown, number>();
  readonly #written = new Map<string, number>();
  readonly #known = new Map<object, number>();
  #next = 0;

  constructor(budget: ComparisonBudget) {
    this.#budget = budget;
  }

  /** @returns undefined when the budget runs out */
  of(root: Json): number | undefined {
    if (!isContainer(root)) return this.#ofScalar(root);
    const open: (Json[] | JsonObject | Duplicates)[] = [root];
    while (open.length > 0) {
      const value = open.at(-1) as Json[] | JsonObject | Duplicates;
      const children: readonly Json[] = childrenOf(value);
      const pending = children.filter((child) => isContainer(child) && !this.#known.has(child)) as JsonObject[];
      if (pending.length > 0) {
        if (!this.#budget.take(children.length)) return undefined;
        for (const child of pending) open.push(child);
        continue;
      }
      open.pop();
      if (!this.#budget.take(children.length + 1)) return undefined;
      if (!this.#known.has(value)) this.#known.set(value, this.#numberOf(this.#written, this.#write(value)));
    }
    return this.#known.get(root);
  }

  #ofScalar(value: Json): number {
    return value instanceof ExactNumber
      ? this.#numberOf(this.#written, `#${value.canonical}`)
      : this.#numberOf(this.#scalars, value);
  }

  #ofKnown(value: Json): number {
    return isContainer(value) ? (this.#known.get(value) ?? -1) : this.#ofScalar(value);
  }

  #write(value: Json[] | JsonObject | Duplicates): string {
    if (value instanceof Duplicates) return `D${value.values.map((child) => this.#ofKnown(child)).join()}`;
    if (Array.isArray(value)) return `[${value.map((child) => this.#ofKnown(child)).join()}`;
    const members = Object.keys(value)
      .sort()
      .map((key) => `${this.#ofScalar(key)}:${this.#ofKnown(value[key] as Json)}`);
    return `{${members.join()}`;
  }

  #numberOf<Key>(numbers: Map<Key, number>, key: Key): number {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, this.#next);
    return this.#next++;
  }
}

function childrenOf(value: Json[] | JsonObject | Duplicates): readonly Json[] {
  if (value instanceof Duplicates) return value.values;
  return Array.isArray(value) ? value : Object.values(value);
}
