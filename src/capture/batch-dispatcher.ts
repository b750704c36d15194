import { readProgress, resetProgress } from "../transfer/batch-progress.ts";
import { sizeOfIdentical } from "../transfer/identical-exchanges.ts";
import type { AccountingCount, CompareThreadLoss } from "../model/accounting.ts";
import type { CaptureBatch } from "../model/batch.ts";
import { UnacknowledgedBatches } from "./unacknowledged-batches.ts";

/** Limit of batches in flight. Above it, captures are dropped. */
const MAX_BATCHES_IN_FLIGHT = 256;
/** Deaths of threads in a batch, but in none of its exchanges, after which the batch is given up. */
const MAX_DEATHS = 2;
/** Estimated memory of an exchange without its bodies: header fields of three legs, and their objects. */
const EXCHANGE_METADATA_BYTES = 2048;

/** Posts a batch to a compare thread. */
export type PostBatch = (batch: CaptureBatch) => void;

interface CompareThread {
  readonly post: PostBatch;
  batchesInFlight: number;
}

interface BatchInFlight {
  /** Until it has been compared, so that another thread can compare it if this one dies. Without exchanges afterwards. */
  batch: CaptureBatch;
  isCompared: boolean;
  readonly metadataBytes: number;
  /** The thread that has it; undefined while no thread is running. */
  thread: CompareThread | undefined;
  /** Threads that died in this batch, but in none of its exchanges. */
  deaths: number;
}

/**
 * Sends batches to the compare threads, and tracks them until the store has acknowledged them. A batch whose thread dies is
 * sent to another thread under the same id. The exchange that the thread was comparing is not compared again, but counted as
 * skipped. The store accepts whichever copy arrives first, so every exchange is counted exactly once.
 */
export class BatchDispatcher {
  readonly #maxBytes: number;
  readonly #releaseSlab: (slab: SharedArrayBuffer) => void;
  readonly #threads = new Map<number, CompareThread>();
  readonly #inFlight = new UnacknowledgedBatches<BatchInFlight>();
  /** Batches that wait because no compare thread is running. */
  #waiting: BatchInFlight[] = [];
  #slabBytes = 0;
  #metadataBytes = 0;

  /**
   * @param maxBytes limit for all batches in flight
   * @param releaseSlab called when nothing reads a slab any longer
   */
  constructor(maxBytes: number, releaseSlab: (slab: SharedArrayBuffer) => void) {
    this.#maxBytes = maxBytes;
    this.#releaseSlab = releaseSlab;
  }

  /** No other batch may be sent now. */
  get isFull(): boolean {
    return this.#inFlight.size >= MAX_BATCHES_IN_FLIGHT || this.bytes >= this.#maxBytes;
  }

  get size(): number {
    return this.#inFlight.size;
  }

  /** Memory of the slabs of batches that are not compared yet, and of the other parts of batches in flight. */
  get bytes(): number {
    return this.#slabBytes + this.#metadataBytes;
  }

  send(batch: CaptureBatch): void {
    const { id, exchanges, identical, slab } = batch;
    const metadataBytes =
      (exchanges === null ? 0 : exchanges.count * EXCHANGE_METADATA_BYTES) +
      (identical === null ? 0 : sizeOfIdentical(identical));
    this.#metadataBytes += metadataBytes;
    this.#slabBytes += slab?.byteLength ?? 0;
    const inFlight = { batch, isCompared: false, metadataBytes, thread: undefined, deaths: 0 };
    this.#inFlight.add(id, inFlight);
    this.#dispatch(inFlight);
  }

  /** A compare thread has started. */
  addThread(index: number, post: PostBatch): void {
    this.#threads.set(index, { post, batchesInFlight: 0 });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const batch of waiting) this.#dispatch(batch);
  }

  /** A compare thread has died, and lost all its batches. */
  removeThread(index: number, reason: CompareThreadLoss): void {
    const dead = this.#threads.get(index);
    if (dead === undefined) return;
    this.#threads.delete(index);
    for (const inFlight of this.#inFlight.values()) {
      if (inFlight.thread !== dead) continue;
      this.#prepareAgain(inFlight, reason);
      this.#dispatch(inFlight);
    }
  }

  /** A compare thread has compared a batch, and sent the results to the store. */
  finishComparison(id: string): void {
    const inFlight = this.#inFlight.get(id);
    if (inFlight !== undefined) this.#releaseContent(inFlight);
  }

  acknowledge(ids: readonly string[]): void {
    for (const id of ids) {
      const inFlight = this.#inFlight.acknowledge(id);
      if (inFlight === undefined) continue;
      if (inFlight.thread !== undefined) inFlight.thread.batchesInFlight -= 1;
      this.#releaseContent(inFlight);
      this.#metadataBytes -= inFlight.metadataBytes;
    }
  }

  /** Resolves when all batches that are in flight now are acknowledged. */
  whenAcknowledged(): Promise<void> {
    return this.#inFlight.whenAcknowledged();
  }

  /** Changes a batch whose thread has died into what another thread has to do. */
  #prepareAgain(inFlight: BatchInFlight, reason: CompareThreadLoss): void {
    const state = readProgress(inFlight.batch.progress);
    resetProgress(inFlight.batch.progress);
    if (state.at === "between") inFlight.deaths += 1;
    if (inFlight.isCompared || inFlight.deaths >= MAX_DEATHS) return this.#countAsSkipped(inFlight, reason);
    if (state.at !== "exchange") return;
    const { batch } = inFlight;
    const abandoned = [...batch.abandoned, { position: state.position, reason }];
    inFlight.batch = { ...batch, abandoned };
  }

  /** Counts the exchanges as skipped, unless the store has their results. */
  #countAsSkipped(inFlight: BatchInFlight, reason: CompareThreadLoss): void {
    if (inFlight.batch.isResent) return;
    const { accounting } = inFlight.batch;
    const skipped = accounting
      .filter(({ fate }) => fate === "mirrored")
      .map((count): AccountingCount => ({ ...count, fate: "skipped", reason }));
    this.#releaseContent(inFlight);
    inFlight.batch = { ...inFlight.batch, accounting: [...accounting, ...skipped], isResent: true };
  }

  #releaseContent(inFlight: BatchInFlight): void {
    const { slab } = inFlight.batch;
    inFlight.isCompared = true;
    inFlight.batch = { ...inFlight.batch, exchanges: null, identical: null, slab: null, abandoned: [] };
    if (slab === null) return;
    this.#slabBytes -= slab.byteLength;
    this.#releaseSlab(slab);
  }

  #dispatch(inFlight: BatchInFlight): void {
    const thread = this.#leastBusyThread();
    inFlight.thread = thread;
    if (thread === undefined) {
      this.#waiting.push(inFlight);
      return;
    }
    thread.batchesInFlight += 1;
    thread.post(inFlight.batch);
  }

  #leastBusyThread(): CompareThread | undefined {
    let best: CompareThread | undefined;
    for (const thread of this.#threads.values()) {
      if (best === undefined || thread.batchesInFlight < best.batchesInFlight) best = thread;
    }
    return best;
  }
}
