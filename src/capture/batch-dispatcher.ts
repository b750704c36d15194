import { sizeOfIdentical } from "../transfer/identical-exchanges.ts";
import type { AccountingCount, CompareThreadLoss } from "../model/accounting.ts";
import type { CaptureBatch } from "../model/batch.ts";

/** Limit of batches in flight. Above it, captures are dropped. */
const MAX_BATCHES_IN_FLIGHT = 256;
/** Estimated memory of an exchange without its bodies: header fields of three legs, and their objects. */
const EXCHANGE_METADATA_BYTES = 2048;

/** Posts a batch to a compare thread, and transfers its slab. */
export type PostBatch = (batch: CaptureBatch) => void;

interface CompareThread {
  readonly post: PostBatch;
  batchesInFlight: number;
  slabBytes: number;
}

interface BatchInFlight {
  readonly id: string;
  readonly accounting: readonly AccountingCount[];
  /** The exchanges of the batch, which are counted as skipped if it is lost. */
  readonly mirrored: readonly AccountingCount[];
  readonly metadataBytes: number;
  /** The thread that has it; undefined while no thread is running. */
  thread: CompareThread | undefined;
}

/**
 * Sends batches to the compare threads, and tracks them until the store has acknowledged them. A batch that is lost with its
 * thread is sent again under the same id, without its exchanges, which are counted as skipped. The store accepts whichever
 * copy arrives first, so every exchange is counted exactly once.
 */
export class BatchDispatcher {
  readonly #maxBytes: number;
  readonly #threads = new Map<number, CompareThread>();
  readonly #inFlight = new Map<string, BatchInFlight>();
  /** Batches that wait because no compare thread is running. */
  #waiting: CaptureBatch[] = [];
  #waitingBytes = 0;
  #metadataBytes = 0;
  /** Callers of `whenAcknowledged`, and the batches that each of them still waits for. */
  readonly #waiters = new Set<{ readonly ids: Set<string>; readonly resolve: () => void }>();

  /** @param maxBytes limit for all batches in flight */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** No other batch may be sent now. */
  get isFull(): boolean {
    return this.#inFlight.size >= MAX_BATCHES_IN_FLIGHT || this.bytes >= this.#maxBytes;
  }

  get size(): number {
    return this.#inFlight.size;
  }

  /** Memory of the slabs that were not returned yet, and of the other parts of batches in flight. */
  get bytes(): number {
    let bytes = this.#waitingBytes + this.#metadataBytes;
    for (const thread of this.#threads.values()) bytes += thread.slabBytes;
    return bytes;
  }

  send(batch: CaptureBatch, mirrored: readonly AccountingCount[]): void {
    const { id, accounting, exchanges, identical } = batch;
    const metadataBytes =
      (exchanges === null ? 0 : exchanges.count * EXCHANGE_METADATA_BYTES) +
      (identical === null ? 0 : sizeOfIdentical(identical));
    this.#metadataBytes += metadataBytes;
    this.#inFlight.set(id, { id, accounting, mirrored, metadataBytes, thread: undefined });
    this.#dispatch(batch);
  }

  /** A compare thread has started. */
  addThread(index: number, post: PostBatch): void {
    this.#threads.set(index, { post, batchesInFlight: 0, slabBytes: 0 });
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const batch of waiting) this.#dispatch(batch);
  }

  /** A compare thread has died, and lost all its batches. */
  removeThread(index: number, reason: CompareThreadLoss): void {
    const dead = this.#threads.get(index);
    if (dead === undefined) return;
    this.#threads.delete(index);
    const lost = [...this.#inFlight.values()].filter(({ thread }) => thread === dead);
    for (const { id, accounting, mirrored, metadataBytes } of lost) {
      this.#metadataBytes -= metadataBytes;
      const skipped = mirrored.map((count): AccountingCount => ({ ...count, fate: "skipped", reason }));
      this.send({ id, accounting: [...accounting, ...skipped], exchanges: null, identical: null, slab: null }, []);
    }
  }

  returnSlab(index: number, slab: ArrayBuffer): void {
    const thread = this.#threads.get(index);
    if (thread !== undefined) thread.slabBytes -= slab.byteLength;
  }

  acknowledge(ids: readonly string[]): void {
    for (const id of ids) {
      const batch = this.#inFlight.get(id);
      if (batch === undefined) continue;
      if (batch.thread !== undefined) batch.thread.batchesInFlight -= 1;
      this.#metadataBytes -= batch.metadataBytes;
      this.#inFlight.delete(id);
      this.#notifyWaiters(id);
    }
  }

  /** Resolves when all batches that are in flight now are acknowledged. */
  async whenAcknowledged(): Promise<void> {
    if (this.#inFlight.size === 0) return;
    const ids = new Set(this.#inFlight.keys());
    await new Promise<void>((resolve) => this.#waiters.add({ ids, resolve }));
  }

  #notifyWaiters(id: string): void {
    for (const waiter of this.#waiters) {
      waiter.ids.delete(id);
      if (waiter.ids.size > 0) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #dispatch(batch: CaptureBatch): void {
    const bytes = batch.slab?.byteLength ?? 0;
    const thread = this.#leastBusyThread();
    const inFlight = this.#inFlight.get(batch.id);
    if (inFlight !== undefined) inFlight.thread = thread;
    if (thread === undefined) {
      this.#waiting.push(batch);
      this.#waitingBytes += bytes;
      return;
    }
    thread.batchesInFlight += 1;
    thread.slabBytes += bytes;
    thread.post(batch);
  }

  #leastBusyThread(): CompareThread | undefined {
    let best: CompareThread | undefined;
    for (const thread of this.#threads.values()) {
      if (best === undefined || thread.batchesInFlight < best.batchesInFlight) best = thread;
    }
    return best;
  }
}
