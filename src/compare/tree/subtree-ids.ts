import type { ComparisonBudget } from "./comparison-budget.ts";
import { ExactNumber } from "./exact-number.ts";
import { Duplicates, type Json, type JsonObject, isContainer } from "./json-tree.ts";

/**
 * Assigns equal ids to equal trees by serializing each distinct subtree once, bottom-up (hash consing). The ids are exact,
 * because no hashes are involved. The total cost is linear in the number of values, however often ids are requested.
 */
export class SubtreeIds {
  readonly #budget: ComparisonBudget;
  readonly #scalars = new Map<unknown, number>();
  readonly #serialized = new Map<string, number>();
  readonly #ids = new Map<object, number>();
  #nextId = 0;

  constructor(budget: ComparisonBudget) {
    this.#budget = budget;
  }

  /** @returns undefined when the budget is exhausted */
  of(root: Json): number | undefined {
    if (!isContainer(root)) return this.#scalarId(root);
    const open: (Json[] | JsonObject | Duplicates)[] = [root];
    while (open.length > 0) {
      const value = open.at(-1) as Json[] | JsonObject | Duplicates;
      const children: readonly Json[] = childrenOf(value);
      const pending = children.filter((child) => isContainer(child) && !this.#ids.has(child)) as JsonObject[];
      if (pending.length > 0) {
        if (!this.#budget.take(children.length)) return undefined;
        for (const child of pending) open.push(child);
        continue;
      }
      open.pop();
      if (!this.#budget.take(children.length + 1)) return undefined;
      if (!this.#ids.has(value)) this.#ids.set(value, this.#idOf(this.#serialized, this.#serialize(value)));
    }
    return this.#ids.get(root);
  }

  #scalarId(value: Json): number {
    return value instanceof ExactNumber
      ? this.#idOf(this.#serialized, `#${value.canonical}`)
      : this.#idOf(this.#scalars, value);
  }

  #knownId(value: Json): number {
    return isContainer(value) ? (this.#ids.get(value) ?? -1) : this.#scalarId(value);
  }

  #serialize(value: Json[] | JsonObject | Duplicates): string {
    if (value instanceof Duplicates) return `D${value.values.map((child) => this.#knownId(child)).join()}`;
    if (Array.isArray(value)) return `[${value.map((child) => this.#knownId(child)).join()}`;
    const members = Object.keys(value)
      .sort()
      .map((key) => `${this.#scalarId(key)}:${this.#knownId(value[key] as Json)}`);
    return `{${members.join()}`;
  }

  #idOf<Key>(ids: Map<Key, number>, key: Key): number {
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, this.#nextId);
    return this.#nextId++;
  }
}

function childrenOf(value: Json[] | JsonObject | Duplicates): readonly Json[] {
  if (value instanceof Duplicates) return value.values;
  return Array.isArray(value) ? value : Object.values(value);
}
