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
  readonly value: Value;
}

/**
 * Keeps what reports say about causes, because explaining takes longer than the rest of a report. Each report explains a bounded
 * number of them; of the others, it has the latest explanation.
 */
export class ExplanationCache<Value> {
  /** How many a report explains. */
  readonly maxFresh: number;
  readonly #known = new LRUCache<string, Known<Value>>({ max: MAX_KEPT });

  constructor(maxFresh: number) {
    this.maxFresh = maxFresh;
  }

  /** What a report has to explain: first what was never explained, then what is outdated. @param all most important first */
  due<Item extends Explainable>(all: readonly Item[]): readonly Item[] {
    const unknown = all.filter(({ name }) => !this.#known.has(name));
    const outdated = all.filter(({ name, counts }) => {
      const known = this.#known.peek(name);
      return known !== undefined && known.counts !== counts;
    });
    return [...unknown, ...outdated].slice(0, this.maxFresh);
  }

  keep({ name, counts }: Explainable, value: Value): void {
    this.#known.set(name, { counts, value: value as Value & {} });
  }

  /** The latest explanation; undefined before the first. */
  get(name: string): Value | undefined {
    return this.#known.get(name)?.value;
  }
}
