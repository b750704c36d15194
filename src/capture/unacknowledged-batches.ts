interface Waiter {
  readonly ids: Set<string>;
  readonly resolve: () => void;
}

/** Batches that the store has not acknowledged yet, by id and in the order in which they were sent. */
export class UnacknowledgedBatches<Batch> {
  readonly #batches = new Map<string, Batch>();
  /** Callers of `whenAcknowledged`, and the batches that each of them still waits for. */
  readonly #waiters = new Set<Waiter>();

  get size(): number {
    return this.#batches.size;
  }

  add(id: string, batch: Batch): void {
    this.#batches.set(id, batch);
  }

  get(id: string): Batch | undefined {
    return this.#batches.get(id);
  }

  values(): IterableIterator<Batch> {
    return this.#batches.values();
  }

  /** @returns the batch; undefined for an id of another sender, or for a second acknowledgment */
  acknowledge(id: string): Batch | undefined {
    const batch = this.#batches.get(id);
    if (batch === undefined) return undefined;
    this.#batches.delete(id);
    for (const waiter of this.#waiters) {
      waiter.ids.delete(id);
      if (waiter.ids.size > 0) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
    return batch;
  }

  /** Resolves when all batches that are unacknowledged now are acknowledged. */
  async whenAcknowledged(): Promise<void> {
    if (this.#batches.size === 0) return;
    const ids = new Set(this.#batches.keys());
    await new Promise<void>((resolve) => this.#waiters.add({ ids, resolve }));
  }
}
