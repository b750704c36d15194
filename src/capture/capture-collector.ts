import { IdenticalWriter } from "../transfer/identical-exchanges.ts";
import { ExchangeWriter } from "../transfer/packed-exchanges.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import type { AccountingCount } from "../model/accounting.ts";
import { ByteBudget } from "./byte-budget.ts";
import { buildExchange, type FinishedExchange, isIdenticalEverywhere, releaseBodies } from "./finished-exchange.ts";
import { AccountingCounter } from "./accounting-counter.ts";
import { type LossReason, BatchDispatcher, type Post } from "./batch-dispatcher.ts";
import type { Redactor } from "./header-redactor.ts";
import { Slab, SlabPool } from "./slab-pool.ts";

/** The store commits every 250 ms; at 1,000 requests/s a fourth of this would cost a tenth more CPU, of three threads that wake. */
const FLUSH_AFTER_MS = 100;
const FLUSH_AT_BYTES = 1024 * 1024;
/** Exchanges without bodies need a bound too: one of them is a few kilobytes of fields. */
const FLUSH_AT_EXCHANGES = 500;
/** Those that are identical everywhere are some hundred bytes each. */
const FLUSH_AT_IDENTICAL = 2_000;

export interface CaptureCollectorOptions {
  /** New for each proxy thread that ever lived: batch ids must not repeat. */
  readonly identity: string;
  readonly redactor: Redactor;
  /** For captures that are not yet handed over, and again for batches under way. */
  readonly maxBufferedBytes: number;
}

/** Joins what was captured and counted into batches, and sees them through to the store. */
export class CaptureCollector {
  /** What captures hold before they are packed. */
  readonly budget: ByteBudget;
  readonly #identity: string;
  readonly #redactor: Redactor;
  readonly #ledger = new AccountingCounter();
  readonly #slabs = new SlabPool();
  readonly #outbox: BatchDispatcher;
  readonly #identical = new IdenticalWriter();
  readonly #slab = new Slab(this.#slabs);
  readonly #exchanges = new ExchangeWriter((bytes) => this.#slab.append(bytes));
  /** What the exchanges of the next batch are counted as, for the case that they are lost. */
  readonly #mirrored = new AccountingCounter();
  #timer: NodeJS.Timeout | undefined;
  #batches = 0;
  #whenSettled: (() => void) | undefined;

  constructor({ identity, redactor, maxBufferedBytes }: CaptureCollectorOptions) {
    this.#identity = identity;
    this.#redactor = redactor;
    this.budget = new ByteBudget(maxBufferedBytes);
    this.#outbox = new BatchDispatcher(maxBufferedBytes);
  }

  /** An exchange that is added now can be sent. */
  get hasRoom(): boolean {
    return !this.#outbox.isFull;
  }

  /** Batches that are sent and not yet confirmed. */
  get unsettledBatches(): number {
    return this.#outbox.size;
  }

  /** Bytes held by captures and by batches under way. */
  get heldBytes(): number {
    return this.budget.used + this.#outbox.bytes;
  }

  /** Counts one fate of a request that arrived at `at`, Unix milliseconds. */
  count(
    at: number,
    candidate: string,
    fate: AccountingCount["fate"],
    reason: AccountingCount["reason"] = "",
    route?: string,
  ): void {
    this.#ledger.count(at, candidate, fate, reason, route);
    this.#arm();
  }

  /** Takes an exchange and counts it as mirrored for each of its candidates. Only while there is room. */
  add(finished: FinishedExchange): void {
    for (const { subset } of finished.candidates) {
      this.#ledger.count(finished.at, subset, "mirrored");
      this.#mirrored.count(finished.at, subset, "mirrored", "", finished.route);
    }
    if (isIdenticalEverywhere(finished)) this.#addIdentical(finished);
    else this.#addDiffering(finished);
    this.#arm();
  }

  /** A compare thread takes batches from now on. */
  threadUp(index: number, post: Post): void {
    this.#outbox.threadUp(index, post);
    this.#arm();
  }

  threadDown(index: number, reason: LossReason): void {
    this.#outbox.threadDown(index, reason);
  }

  slabReturned(index: number, slab: ArrayBuffer): void {
    this.#outbox.slabReturned(index, slab);
    this.#slabs.give(slab);
    this.#arm();
  }

  settled(ids: readonly string[]): void {
    this.#outbox.settled(ids);
    this.#arm();
    this.#checkSettled();
  }

  /** Sends everything at once, and waits until all of it is confirmed, but no longer than `ms`. */
  async drain(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms));
      this.#whenSettled = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#flush();
      this.#checkSettled();
    });
  }

  /** Sends what there is, and waits until it is confirmed, but no longer than `ms`; new captures come meanwhile. @returns whether it is */
  async settle(ms: number): Promise<boolean> {
    this.#flush();
    return settlesWithin(ms, this.#outbox.whenSettled());
  }

  /** Forgets the timer: the thread ends. */
  close(): void {
    clearTimeout(this.#timer);
  }

  get #isEmpty(): boolean {
    return this.#exchanges.length === 0 && this.#ledger.isEmpty;
  }

  /** Packs it at once: objects that waited for the batch would outlive a collection of young ones. */
  #addDiffering(finished: FinishedExchange): void {
    const { exchange, bytes } = buildExchange(finished, this.#redactor);
    this.#slab.reserve(bytes);
    this.#exchanges.add(exchange);
    releaseBodies(finished);
    this.budget.take(bytes);
    // Another one like it would need a slab of a size that is not kept.
    if (this.#slab.used + bytes > FLUSH_AT_BYTES || this.#exchanges.length >= FLUSH_AT_EXCHANGES) this.#flush();
  }

  #addIdentical(finished: FinishedExchange): void {
    const { at, route, request, primary, secondary, candidates } = finished;
    const target = this.#redactor.target(request.target);
    for (const leg of candidates) {
      this.#identical.add({
        at,
        route,
        method: request.method,
        target,
        status: primary.status,
        candidate: leg.subset,
        primaryMs: primary.serviceMs,
        candidateMs: leg.serviceMs,
        secondaryMs: secondary?.serviceMs ?? null,
      });
    }
    releaseBodies(finished);
    if (this.#identical.length >= FLUSH_AT_IDENTICAL) this.#flush();
  }

  /** Sees to it that what there is goes out soon; while the outbox is full it waits for a confirmation instead. */
  #arm(): void {
    if (this.#timer !== undefined || this.#isEmpty || this.#outbox.isFull) return;
    this.#timer = setTimeout(() => {
      if (this.#outbox.isFull) this.#timer = undefined;
      else this.#flush();
    }, FLUSH_AFTER_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isEmpty) return;
    this.budget.give(this.#slab.used);
    this.#batches += 1;
    const id = `${this.#identity}/${this.#batches}`;
    const accounting = this.#ledger.take();
    const [exchanges, identical, slab] = [this.#exchanges.take(), this.#identical.take(), this.#slab.take()];
    this.#outbox.send({ id, accounting, exchanges, identical, slab }, this.#mirrored.take());
  }

  #checkSettled(): void {
    if (this.#whenSettled === undefined) return;
    if (!this.#isEmpty) this.#flush();
    else if (this.#outbox.size === 0) this.#whenSettled();
  }
}
