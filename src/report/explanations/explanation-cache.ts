import { LRUCache } from "lru-cache";

/** A report of thousands of endpoints has more causes; the most important are explained first. */
const MAX_KEPT = 10_000;

/** Something that takes time to explain, such as a cause on an endpoint. */
export interface Explainable {
  /** Of the run, the candidate, the endpoint and the cause. */
  readonly name: string;
  /** The counts that it is explained with: with others, the explanation is outdated. */
  readonly counts: string;
}

interface Known<Value> {
  readonly counts: string;
  /** Explanations are numbered in the order in which they were computed. */
  readonly number: number;
  readonly value: Value;
}

/**
 * Keeps what reports say about causes, because explaining takes longer than the rest of a report. Each report explains a bounded
 * number of them; of the others, it has the latest explanation.
 */
export class ExplanationCache<Value> {
  #last = 0;
  readonly #known = new LRUCache<string, Known<Value>>({ max: MAX_KEPT });

  /**
   * What a report has to explain: first what was never explained, then what is outdated, the oldest explanations first, so that
   * everything has its turn while traffic changes all counts.
   * @param all most important first
   * @param most how many
   */
  due<Item extends Explainable>(all: readonly Item[], most: number): readonly Item[] {
    const unknown: Item[] = [];
    const outdated: { readonly item: Item; readonly number: number }[] = [];
    for (const item of all) {
      const known = this.#known.peek(item.name);
      if (known === undefined) unknown.push(item);
      else if (known.counts !== item.counts) outdated.push({ item, number: known.number });
    }
    outdated.sort((one, other) => one.number - other.number);
    return [...unknown, ...outdated.map(({ item }) => item)].slice(0, most);
  }

  keep({ name, counts }: Explainable, value: Value): void {
    this.#known.set(name, { counts, value, number: (this.#last += 1) });
  }

  /** The latest explanation; undefined before the first. */
  get(name: string): Value | undefined {
    return this.#known.get(name)?.value;
  }
}
