import type { ResultBatch } from "../model/batch.ts";

/** A batch that is not committed yet. */
export interface PendingBatch<Sender> {
  readonly batch: ResultBatch;
  readonly sender: Sender;
  /** In the order of arrival. */
  readonly number: number;
}

/** Batches in the order of their arrival, until they are committed or rejected. */
export class PendingBatches<Sender> {
  #batches: PendingBatch<Sender>[] = [];
  #last = 0;

  get length(): number {
    return this.#batches.length;
  }

  /** The number of the batch that has arrived last. */
  get last(): number {
    return this.#last;
  }

  get batches(): readonly ResultBatch[] {
    return this.#batches.map(({ batch }) => batch);
  }

  add(batch: ResultBatch, sender: Sender): void {
    this.#last += 1;
    this.#batches.push({ batch, sender, number: this.#last });
  }

  /** The oldest batches, at most `count`, and none after the one with the number `last`. */
  first(count: number, last: number): readonly PendingBatch<Sender>[] {
    return this.#batches.slice(0, count).filter(({ number }) => number <= last);
  }

  /** @param group the oldest batches @returns the ids of their batches by sender */
  remove(group: readonly PendingBatch<Sender>[]): ReadonlyMap<Sender, readonly string[]> {
    this.#batches.splice(0, group.length);
    const bySender = Map.groupBy(group, ({ sender }) => sender);
    return new Map([...bySender].map(([sender, own]) => [sender, own.map(({ batch }) => batch.id)]));
  }
}
