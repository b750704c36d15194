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

type ReceivedBatch = Pick<ResultBatch, "id" | "accounting">;

/** Counts the requests of a replica as they arrive in its store thread, by candidate: the one with the most is the replica's. */
export class ReplicaLoad {
  readonly #received = new Map<string, number>();
  readonly #pending = new Map<string, ReceivedBatch>();
  readonly #rates: number[] = [];
  #last: { readonly at: number; readonly received: number } | undefined;

  /** A batch that comes again, because it was not acknowledged, counts once. */
  add(batch: ReceivedBatch): void {
    if (!this.#pending.has(batch.id)) addReceived(this.#received, batch);
    this.#pending.set(batch.id, batch);
  }

  /** These batches are committed or rejected. */
  settled(ids: readonly string[]): void {
    for (const id of ids) this.#pending.delete(id);
  }

  /**
   * Call it about once a second.
   * @param now milliseconds on a monotonic clock
   */
  sample(now: number): LoadSample {
    const received = Math.max(0, ...this.#received.values());
    const seconds = this.#last === undefined ? 0 : (now - this.#last.at) / 1000;
    if (seconds > 0) this.#rates.push((received - (this.#last?.received ?? 0)) / seconds);
    if (this.#rates.length > SAMPLES) this.#rates.shift();
    this.#last = { at: now, received };
    const waiting = new Map<string, number>();
    for (const batch of this.#pending.values()) addReceived(waiting, batch);
    return { received, uncommitted: Math.max(0, ...waiting.values()), rate: Math.max(0, ...this.#rates) };
  }
}

function addReceived(sums: Map<string, number>, { accounting }: ReceivedBatch): void {
  for (const { fate, candidate, count } of accounting) {
    if (fate === "received") sums.set(candidate, (sums.get(candidate) ?? 0) + count);
  }
}
