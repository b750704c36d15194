import type { ResultBatch } from "../model/batch.ts";

/** The rate is the highest of so many samples: what is lost can be of the busiest second. */
const SAMPLES = 5;

/** What a replica has received and not committed, by which others know how much is lost if it stops. */
export interface LoadSample {
  /** Requests since the start. */
  readonly received: number;
  /** Those of them that are not committed. */
  readonly uncommitted: number;
  /** Requests per second. */
  readonly rate: number;
}

/** Counts the requests of a replica as they arrive in its store thread, each once for all candidates of its route. */
export class ReplicaLoad {
  readonly #received = new Map<string, number>();
  readonly #rates: number[] = [];
  #last: { readonly at: number; readonly received: number } | undefined;

  add({ accounting }: Pick<ResultBatch, "accounting">): void {
    for (const { fate, candidate, count } of accounting) {
      if (fate === "received") this.#received.set(candidate, (this.#received.get(candidate) ?? 0) + count);
    }
  }

  /**
   * Call it about once a second.
   * @param now milliseconds on a monotonic clock
   * @param pending the batches that are not committed
   */
  sample(now: number, pending: readonly Pick<ResultBatch, "accounting">[]): LoadSample {
    const received = Math.max(0, ...this.#received.values());
    const seconds = this.#last === undefined ? 0 : (now - this.#last.at) / 1000;
    if (seconds > 0) this.#rates.push((received - (this.#last?.received ?? 0)) / seconds);
    if (this.#rates.length > SAMPLES) this.#rates.shift();
    this.#last = { at: now, received };
    const waiting = new ReplicaLoad();
    for (const batch of pending) waiting.add(batch);
    return {
      received,
      uncommitted: Math.max(0, ...waiting.#received.values()),
      rate: Math.max(0, ...this.#rates),
    };
  }
}
