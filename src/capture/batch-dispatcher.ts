import { bytesOfIdentical } from "../transfer/identical-exchanges.ts";
import type { AccountingCount } from "../model/accounting.ts";
import type { CaptureBatch } from "../model/batch.ts";

/** Batches that the store has not confirmed; beyond that captures are given up. */
const MAX_UNSETTLED = 256;
/** What an exchange weighs beside its bodies, about: fields of three legs and their objects. */
const EXCHANGE_BYTES = 2048;

/** Why a compare thread's batches are lost. */
export type LossReason = "thread-died" | "timeout";

/** Hands a batch to a compare thread, slab and all. */
export type Post = (batch: CaptureBatch) => void;

interface CompareThread {
  readonly post: Post;
  unsettled: number;
  slabBytes: number;
}

interface Unsettled {
  readonly id: string;
  readonly accounting: readonly AccountingCount[];
  /** What has to be counted as skipped if the exchanges of this batch are lost. */
  readonly mirrored: readonly AccountingCount[];
  readonly metadataBytes: number;
  /** The thread that has it; undefined while it waits for one. */
  thread: CompareThread | undefined;
}

/**
 * Batches on their way to the compare threads, until they are committed. A batch that dies with its thread is sent again
 * under its id, without its exchanges and with them counted as skipped: whichever arrives first at the store counts, so
 * every exchange is counted exactly once.
 */
export class BatchDispatcher {
  readonly #maxBytes: number;
  readonly #threads = new Map<number, CompareThread>();
  readonly #unsettled = new Map<string, Unsettled>();
  /** Batches for which there was no living thread, with their memory. */
  #waiting: CaptureBatch[] = [];
  #waitingBytes = 0;
  #metadataBytes = 0;
  /** Who waits for batches, and for which ones still. */
  readonly #waits = new Set<{ readonly ids: Set<string>; readonly done: () => void }>();

  /** @param maxBytes for all batches under way */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** No further batch is to be made now. */
  get isFull(): boolean {
    return this.#unsettled.size >= MAX_UNSETTLED || this.bytes >= this.#maxBytes;
  }

  get size(): number {
    return this.#unsettled.size;
  }

  /** Slabs that are not back yet, and the rest of the batches that are not confirmed yet. */
  get bytes(): number {
    let bytes = this.#waitingBytes + this.#metadataBytes;
    for (const thread of this.#threads.values()) bytes += thread.slabBytes;
    return bytes;
  }

  send(batch: CaptureBatch, mirrored: readonly AccountingCount[]): void {
    const { id, accounting, exchanges, identical } = batch;
    const metadataBytes =
      (exchanges === null ? 0 : exchanges.count * EXCHANGE_BYTES) +
      (identical === null ? 0 : bytesOfIdentical(identical));
    this.#metadataBytes += metadataBytes;
    this.#unsettled.set(id, { id, accounting, mirrored, metadataBytes, thread: undefined });
    this.#dispatch(batch);
  }

  /** A compare thread can be posted to from now on. */
  threadUp(index: number, post: Post): void {
    this.#threads.set(index, { post, unsettled: 0, slabBytes: 0 });
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const batch of waiting) this.#dispatch(batch);
  }

  /** A compare thread is gone, with every batch that it had. */
  threadDown(index: number, reason: LossReason): void {
    const dead = this.#threads.get(index);
    if (dead === undefined) return;
    this.#threads.delete(index);
    const lost = [...this.#unsettled.values()].filter(({ thread }) => thread === dead);
    for (const { id, accounting, mirrored, metadataBytes } of lost) {
      this.#metadataBytes -= metadataBytes;
      const skipped = mirrored.map((count): AccountingCount => ({ ...count, fate: "skipped", reason }));
      this.send({ id, accounting: [...accounting, ...skipped], exchanges: null, identical: null, slab: null }, []);
    }
  }

  slabReturned(index: number, slab: ArrayBuffer): void {
    const thread = this.#threads.get(index);
    if (thread !== undefined) thread.slabBytes -= slab.byteLength;
  }

  settled(ids: readonly string[]): void {
    for (const id of ids) {
      const batch = this.#unsettled.get(id);
      if (batch === undefined) continue;
      if (batch.thread !== undefined) batch.thread.unsettled -= 1;
      this.#metadataBytes -= batch.metadataBytes;
      this.#unsettled.delete(id);
      this.#release(id);
    }
  }

  /** Fulfilled when all that was sent until now is confirmed. */
  async whenSettled(): Promise<void> {
    if (this.#unsettled.size === 0) return;
    const ids = new Set(this.#unsettled.keys());
    await new Promise<void>((done) => this.#waits.add({ ids, done }));
  }

  #release(id: string): void {
    for (const wait of this.#waits) {
      wait.ids.delete(id);
      if (wait.ids.size > 0) continue;
      this.#waits.delete(wait);
      wait.done();
    }
  }

  #dispatch(batch: CaptureBatch): void {
    const bytes = batch.slab?.byteLength ?? 0;
    const thread = this.#leastBusy();
    const entry = this.#unsettled.get(batch.id);
    if (entry !== undefined) entry.thread = thread;
    if (thread === undefined) {
      this.#waiting.push(batch);
      this.#waitingBytes += bytes;
      return;
    }
    thread.unsettled += 1;
    thread.slabBytes += bytes;
    thread.post(batch);
  }

  #leastBusy(): CompareThread | undefined {
    let best: CompareThread | undefined;
    for (const thread of this.#threads.values()) {
      if (best === undefined || thread.unsettled < best.unsettled) best = thread;
    }
    return best;
  }
}
