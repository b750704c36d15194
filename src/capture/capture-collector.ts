import { BatchSlab, createSlabPool } from "../transfer/batch-slab.ts";
import { IdenticalExchangeWriter } from "../transfer/identical-exchanges.ts";
import { ExchangePacker } from "../transfer/packed-exchanges.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import type { AccountingCount, CompareThreadLoss } from "../model/accounting.ts";
import { ByteBudget } from "./byte-budget.ts";
import { buildExchange, type FinishedExchange, isIdenticalEverywhere, releaseBodies } from "./finished-exchange.ts";
import { AccountingCounter } from "./accounting-counter.ts";
import { BatchDispatcher, type PostBatch } from "./batch-dispatcher.ts";
import type { HeaderRedactor } from "./header-redactor.ts";

/** The store commits every 250 ms. With 25 ms, 1,000 requests/s would cost 10% more CPU, because three threads wake for each batch. */
const FLUSH_AFTER_MS = 100;
const FLUSH_AT_BYTES = 1024 * 1024;
/** Exchanges without bodies need a limit too: each has a few kilobytes of header fields. */
const FLUSH_AT_EXCHANGES = 500;
/** An exchange whose responses are all identical takes some hundred bytes. */
const FLUSH_AT_IDENTICAL = 2_000;

export interface CaptureCollectorOptions {
  /** Unique for each proxy thread that was ever started, so that batch ids never repeat. */
  readonly identity: string;
  readonly redactor: HeaderRedactor;
  /** Limit for captures that are not sent yet, and again for batches in flight. */
  readonly maxBufferedBytes: number;
}

/** Collects captures and counts into batches, and sends them to the compare threads. */
export class CaptureCollector {
  /** Limits the memory of captures before they are packed. */
  readonly budget: ByteBudget;
  readonly #identity: string;
  readonly #redactor: HeaderRedactor;
  readonly #dispatcher: BatchDispatcher;
  readonly #accounting = new AccountingCounter();
  /** The exchanges of the next batch, which are counted as skipped if it is lost. */
  readonly #mirrored = new AccountingCounter();
  readonly #slabPool = createSlabPool();
  readonly #slab = new BatchSlab(this.#slabPool);
  readonly #exchanges = new ExchangePacker((bytes) => this.#slab.append(bytes));
  readonly #identical = new IdenticalExchangeWriter();
  #timer: NodeJS.Timeout | undefined;
  #batchCount = 0;
  #onDrained: (() => void) | undefined;

  constructor({ identity, redactor, maxBufferedBytes }: CaptureCollectorOptions) {
    this.#identity = identity;
    this.#redactor = redactor;
    this.budget = new ByteBudget(maxBufferedBytes);
    this.#dispatcher = new BatchDispatcher(maxBufferedBytes);
  }

  /** There is capacity for another exchange. */
  get hasCapacity(): boolean {
    return !this.#dispatcher.isFull;
  }

  /** Batches that are sent and not yet acknowledged. */
  get batchesInFlight(): number {
    return this.#dispatcher.size;
  }

  /** Memory of captures and of batches in flight. */
  get heldBytes(): number {
    return this.budget.used + this.#dispatcher.bytes;
  }

  /** Counts a fate of a request that arrived at `at`, Unix milliseconds. */
  count(
    at: number,
    candidate: string,
    fate: AccountingCount["fate"],
    reason: AccountingCount["reason"] = "",
    route?: string,
  ): void {
    this.#accounting.count(at, candidate, fate, reason, route);
    this.#scheduleFlush();
  }

  /** Adds an exchange and counts it as mirrored for each of its candidates. Only call it while there is capacity. */
  add(finished: FinishedExchange): void {
    for (const { subset } of finished.candidates) {
      this.#accounting.count(finished.at, subset, "mirrored");
      this.#mirrored.count(finished.at, subset, "mirrored", "", finished.route);
    }
    if (isIdenticalEverywhere(finished)) this.#addIdentical(finished);
    else this.#addDiffering(finished);
    this.#scheduleFlush();
  }

  /** A compare thread has started. */
  addThread(index: number, post: PostBatch): void {
    this.#dispatcher.addThread(index, post);
    this.#scheduleFlush();
  }

  /** A compare thread has died. */
  removeThread(index: number, reason: CompareThreadLoss): void {
    this.#dispatcher.removeThread(index, reason);
  }

  /** A compare thread has compared a batch, and returns its memory. */
  returnSlab(index: number, slab: ArrayBuffer): void {
    this.#dispatcher.returnSlab(index, slab);
    this.#slabPool.release(Buffer.from(slab));
    this.#scheduleFlush();
  }

  /** The store has acknowledged batches. */
  acknowledge(ids: readonly string[]): void {
    this.#dispatcher.acknowledge(ids);
    this.#scheduleFlush();
    this.#checkDrained();
  }

  /**
   * Sends everything now, and waits at most `ms` until everything is acknowledged, including anything added in the meantime.
   */
  async drain(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms));
      this.#onDrained = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#flush();
      this.#checkDrained();
    });
  }

  /** Sends everything now, and waits at most `ms` until that is acknowledged. @returns whether it is */
  async flush(ms: number): Promise<boolean> {
    this.#flush();
    return settlesWithin(ms, this.#dispatcher.whenAcknowledged());
  }

  /** Stops the timer. */
  close(): void {
    clearTimeout(this.#timer);
  }

  get #isEmpty(): boolean {
    return this.#exchanges.length === 0 && this.#accounting.isEmpty;
  }

  /** Packs the exchange at once: if its objects waited for the batch, V8 would promote them to the old generation. */
  #addDiffering(finished: FinishedExchange): void {
    const { exchange, bodyBytes } = buildExchange(finished, this.#redactor);
    this.#slab.reserve(bodyBytes);
    this.#exchanges.add(exchange);
    releaseBodies(finished);
    this.budget.take(bodyBytes);
    // Another exchange of this size would need a slab that is too large for the pool.
    if (this.#slab.used + bodyBytes > FLUSH_AT_BYTES || this.#exchanges.length >= FLUSH_AT_EXCHANGES) this.#flush();
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

  /** Starts the flush timer. While the dispatcher is full, the next acknowledgment starts it instead. */
  #scheduleFlush(): void {
    if (this.#timer !== undefined || this.#isEmpty || this.#dispatcher.isFull) return;
    this.#timer = setTimeout(() => {
      if (this.#dispatcher.isFull) this.#timer = undefined;
      else this.#flush();
    }, FLUSH_AFTER_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isEmpty) return;
    this.budget.give(this.#slab.used);
    this.#batchCount += 1;
    const id = `${this.#identity}/${this.#batchCount}`;
    const accounting = this.#accounting.take();
    const [exchanges, identical, slab] = [this.#exchanges.take(), this.#identical.take(), this.#slab.take()];
    this.#dispatcher.send({ id, accounting, exchanges, identical, slab }, this.#mirrored.take());
  }

  #checkDrained(): void {
    if (this.#onDrained === undefined) return;
    if (!this.#isEmpty) this.#flush();
    else if (this.#dispatcher.size === 0) this.#onDrained();
  }
}
