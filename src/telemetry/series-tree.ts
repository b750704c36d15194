/**
 * Maps tuples of label values to series without building a string key. prom-client joins all labels into a string with every
 * observation (0.5 µs), which is several percent of a proxied request.
 */
export class SeriesTree<T> {
  readonly #root = new Map<string | number, unknown>();
  readonly #leaves: T[] = [];
  readonly #create: (labels: readonly (string | number)[]) => T;

  constructor(create: (labels: readonly (string | number)[]) => T) {
    this.#create = create;
  }

  /** The value for these labels, created on first use. Every call must pass the same number of labels. */
  at(...labels: readonly [string | number, ...(string | number)[]]): T {
    let node = this.#root;
    const last = labels.length - 1;
    for (let index = 0; index < last; index += 1) {
      const label = labels[index] as string | number;
      let next = node.get(label) as Map<string | number, unknown> | undefined;
      if (next === undefined) {
        next = new Map();
        node.set(label, next);
      }
      node = next;
    }
    const label = labels[last] as string | number;
    let leaf = node.get(label) as T | undefined;
    if (leaf === undefined) {
      leaf = this.#create(labels);
      node.set(label, leaf);
      this.#leaves.push(leaf);
    }
    return leaf;
  }

  /** All values in the order of their creation. */
  leaves(): readonly T[] {
    return this.#leaves;
  }
}
