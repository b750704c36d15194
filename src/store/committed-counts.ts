import type { ResultBatch } from "../model/batch.ts";

/** What a store has committed for its current run: all of it is gone when its file is. */
export class CommittedCounts {
  readonly #settled = new Map<string, number>();
  #exchanges = 0;

  /** Requests of the run that are no longer in flight, by candidate. */
  get settled(): ReadonlyMap<string, number> {
    return new Map(this.#settled);
  }

  add(batches: readonly ResultBatch[]): void {
    for (const { accounting } of batches) {
      for (const { fate, candidate, count } of accounting) {
        const change = fate === "received" ? count : fate === "inFlight" ? -count : 0;
        this.#settled.set(candidate, (this.#settled.get(candidate) ?? 0) + change);
      }
    }
    this.#exchanges += countExchanges(batches);
  }

  /** @returns the compared exchanges of the run since the last call */
  takeExchanges(): number {
    const exchanges = this.#exchanges;
    this.#exchanges = 0;
    return exchanges;
  }

  /** Another run begins. */
  reset(): void {
    this.#settled.clear();
    this.#exchanges = 0;
  }
}

/** The number of compared exchanges. */
export function countExchanges(batches: readonly ResultBatch[]): number {
  return batches.reduce((sum, { outcomes }) => outcomes.reduce((all, { count }) => all + count, sum), 0);
}
