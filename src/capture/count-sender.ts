import type { CountBatch } from "../model/batch.ts";
import { UnacknowledgedBatches } from "./unacknowledged-batches.ts";

/** Limit of unacknowledged batches. Above it, counts add up in the proxy thread and captures are dropped. */
const MAX_BATCHES = 256;

/** Posts counts to the store thread. */
export type PostCounts = (batch: CountBatch) => void;

/**
 * Sends counts to the store thread, past the compare threads: a slow comparison does not hold them up. A store thread that is
 * restarted receives again what the old one has not acknowledged, and ignores what the database already has.
 */
export class CountSender {
  readonly #unacknowledged = new UnacknowledgedBatches<CountBatch>();
  #post: PostCounts | undefined;

  /** No other batch may be sent now. */
  get isFull(): boolean {
    return this.#unacknowledged.size >= MAX_BATCHES;
  }

  get size(): number {
    return this.#unacknowledged.size;
  }

  /** A store thread has started. */
  connect(post: PostCounts): void {
    this.#post = post;
    for (const batch of this.#unacknowledged.values()) post(batch);
  }

  send(batch: CountBatch): void {
    this.#unacknowledged.add(batch.id, batch);
    this.#post?.(batch);
  }

  acknowledge(ids: readonly string[]): void {
    for (const id of ids) this.#unacknowledged.acknowledge(id);
  }

  /** Resolves when all counts that are sent now are acknowledged. */
  whenAcknowledged(): Promise<void> {
    return this.#unacknowledged.whenAcknowledged();
  }
}
