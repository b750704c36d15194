import { EndpointLookup } from "../endpoints/endpoint-lookup.ts";
import { BatchSlab, createSlabPool } from "../transfer/batch-slab.ts";
import { IdenticalExchangeWriter } from "../transfer/identical-exchanges.ts";
import { ExchangePacker } from "../transfer/packed-exchanges.ts";
import { createProgress } from "../transfer/batch-progress.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import type { AccountingCount, CompareThreadLoss } from "../model/accounting.ts";
import { ByteBudget } from "./byte-budget.ts";
import { buildExchange, type FinishedExchange, isIdenticalEverywhere, releaseBodies } from "./finished-exchange.ts";
import { AccountingCounter } from "./accounting-counter.ts";
import { BatchDispatcher, type PostBatch } from "./batch-dispatcher.ts";
import { ControlBudget, THREAD_TIME, type ThreadTime } from "./control-budget.ts";
import { controlKey, ControlSampler } from "./control-sampler.ts";
import { CountSender, type PostCounts } from "./count-sender.ts";
import type { HeaderRedactor } from "./header-redactor.ts";

/** The store commits every 250 ms. With 25 ms, 1,000 requests/s would cost 10% more CPU, because three threads wake for each batch. */
const FLUSH_AFTER_MS = 100;
/** While the store does not commit, batches become larger, so that minutes fit into the limit of batches and not only half of one. */
const MAX_FLUSH_AFTER_MS = 1_000;
const USUAL_BATCHES_IN_FLIGHT = 16;
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
  /** By default that of this thread. */
  readonly time?: ThreadTime | undefined;
}

/** Where the counts come from that are taken at the moment when counts are sent. */
export interface ArrivalSource {
  readonly isDirty: boolean;
  take(): readonly AccountingCount[];
}

/**
 * Collects counts and captures into batches. Counts go to the store thread, and captures to the compare threads. A captured
 * exchange is in flight until it has been compared, so the counts of requests never wait for a comparison.
 */
export class CaptureCollector {
  /** Limits the memory of captures before they are packed. */
  readonly budget: ByteBudget;
  /** Called with the id of each exchange that is not compared, because all its responses are identical. */
  onIdentical: ((id: string) => void) | undefined;
  readonly endpoints: EndpointLookup;
  readonly #identity: string;
  readonly #redactor: HeaderRedactor;
  readonly #controlBudget: ControlBudget;
  readonly #dispatcher: BatchDispatcher;
  readonly #sender = new CountSender();
  readonly #counts = new AccountingCounter();
  /** The captured exchanges of the next batch. */
  readonly #mirrored = new AccountingCounter();
  readonly #slabPool = createSlabPool();
  readonly #slab = new BatchSlab(this.#slabPool);
  readonly #exchanges = new ExchangePacker((bytes) => this.#slab.append(bytes));
  readonly #identical = new IdenticalExchangeWriter();
  #timer: NodeJS.Timeout | undefined;
  #batchCount = 0;
  #onDrained: (() => void) | undefined;
  #sendsIdentical = false;
  #controls: ControlSampler | null = null;
  #arrivals: ArrivalSource | undefined;

  constructor({ identity, redactor, maxBufferedBytes, time = THREAD_TIME }: CaptureCollectorOptions) {
    this.#controlBudget = new ControlBudget(time);
    this.#identity = identity;
    this.#redactor = redactor;
    this.budget = new ByteBudget(maxBufferedBytes);
    this.endpoints = new EndpointLookup((target) => redactor.target(target));
    this.#dispatcher = new BatchDispatcher(maxBufferedBytes, (slab) => this.#slabPool.release(Buffer.from(slab)));
  }

  /** Whether exchanges whose responses are all identical are sent with the primary's response, which a contract needs. */
  setSendsIdentical(isNeeded: boolean): void {
    this.#sendsIdentical = isNeeded;
  }

  /** Whether exchanges are sent with what explains their differences, and with controls: some of those that are identical. */
  setExplains(isNeeded: boolean): void {
    if (isNeeded !== this.explains) this.#controls = isNeeded ? new ControlSampler(this.#controlBudget) : null;
  }

  get explains(): boolean {
    return this.#controls !== null;
  }

  /** Exchanges from now on can belong to another run, which needs its own controls. */
  beginRun(): void {
    this.#controls?.beginRun();
  }

  /** There is capacity for another exchange. */
  get hasCapacity(): boolean {
    return !this.#dispatcher.isFull && !this.#sender.isFull;
  }

  /** Batches that are sent and not yet acknowledged. */
  get batchesInFlight(): number {
    return this.#dispatcher.size + this.#sender.size;
  }

  /** Memory of captures and of batches in flight. */
  get heldBytes(): number {
    return this.budget.used + this.#dispatcher.bytes;
  }

  /** Sets the source of arrivals and requests in flight. Counts are sent with those of the moment, so that they add up. */
  setArrivals(source: ArrivalSource): void {
    this.#arrivals = source;
  }

  /** The source of arrivals has changes. */
  arrivalsChanged(): void {
    this.#scheduleFlush();
  }

  /** Counts a fate of a request that arrived at `at`, Unix milliseconds. */
  count(at: number, candidate: string, fate: AccountingCount["fate"], reason: AccountingCount["reason"] = ""): void {
    this.#counts.count(at, candidate, fate, reason);
    this.#scheduleFlush();
  }

  /** Adds an exchange. It counts as mirrored when it has been compared. Only call it while there is capacity. */
  add(finished: FinishedExchange): void {
    for (const { subset } of finished.candidates) {
      this.#counts.count(finished.at, subset, "inFlight");
      this.#mirrored.count(finished.at, subset, "mirrored", "", finished.route);
    }
    const isIdentical = (!this.#sendsIdentical || this.explains) && isIdenticalEverywhere(finished);
    if (isIdentical && this.#addControl(finished)) return this.#scheduleFlush();
    if (isIdentical && !this.#sendsIdentical) this.#addIdentical(finished);
    else this.#addComplete(finished, this.#controls?.limitOf(controlKey(finished, this.endpoints)));
    this.#scheduleFlush();
  }

  /** A store thread has started. */
  setStore(post: PostCounts): void {
    this.#sender.connect(post);
  }

  /** A compare thread has started. */
  addThread(index: number, post: PostBatch): void {
    this.#dispatcher.addThread(index, post);
  }

  /** A compare thread has died. */
  removeThread(index: number, reason: CompareThreadLoss): void {
    this.#dispatcher.removeThread(index, reason);
  }

  /** A compare thread has compared a batch. */
  finishComparison(id: string): void {
    this.#dispatcher.finishComparison(id);
  }

  /** The store has acknowledged batches. */
  acknowledge(ids: readonly string[]): void {
    this.#dispatcher.acknowledge(ids);
    this.#sender.acknowledge(ids);
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
    return settlesWithin(ms, this.#whenAcknowledged());
  }

  /** Stops the timer. */
  close(): void {
    clearTimeout(this.#timer);
  }

  /** Exchanges that are not sent are among the counts. */
  get #isEmpty(): boolean {
    return this.#counts.isEmpty && this.#arrivals?.isDirty !== true;
  }

  /** Packs the exchange at once: if its objects waited for the batch, V8 would promote them to the old generation. */
  #addComplete(finished: FinishedExchange, controlLimit: number | undefined): void {
    const { exchange, bodyBytes } = buildExchange(finished, this.#redactor, controlLimit);
    this.#slab.reserve(bodyBytes);
    this.#exchanges.add(exchange);
    releaseBodies(finished);
    this.budget.take(bodyBytes);
    // Another exchange of this size would need a slab that is too large for the pool.
    if (this.#slab.used + bodyBytes > FLUSH_AT_BYTES || this.#exchanges.length >= FLUSH_AT_EXCHANGES) this.#flush();
  }

  /** @returns whether it is one */
  #addControl(finished: FinishedExchange): boolean {
    const limit = this.#controls?.offer(controlKey(finished, this.endpoints), finished.id) ?? null;
    if (limit === null) return false;
    this.#controlBudget.spend(finished.primary.body.prefix().length, () => this.#addComplete(finished, limit));
    return true;
  }

  #addIdentical(finished: FinishedExchange): void {
    this.onIdentical?.(finished.id);
    const { at, backToBack, route, request, primary, secondary, candidates } = finished;
    const target = this.#redactor.target(request.target);
    for (const leg of candidates) {
      this.#identical.add({
        at,
        backToBack,
        route,
        method: request.method,
        target,
        status: primary.status,
        candidate: leg.subset,
        level: leg.level,
        primaryMs: primary.serviceMs,
        candidateMs: leg.serviceMs,
        paired: secondary !== null,
        // The latency of a self-check is not comparable: see `ExchangeComparison.captures`.
        secondaryMs: secondary === null || secondary.subset === primary.subset ? null : secondary.serviceMs,
      });
    }
    releaseBodies(finished);
    if (this.#identical.length >= FLUSH_AT_IDENTICAL) this.#flush();
  }

  /**
   * Starts the flush timer. While too many counts are unacknowledged, the next acknowledgment starts it instead. A full
   * dispatcher does not matter: no exchange is added then.
   */
  #scheduleFlush(): void {
    if (this.#timer !== undefined || this.#isEmpty || this.#sender.isFull) return;
    const inFlight = Math.max(this.#dispatcher.size, this.#sender.size);
    const delay = FLUSH_AFTER_MS * Math.max(1, inFlight / USUAL_BATCHES_IN_FLIGHT);
    this.#timer = setTimeout(() => this.#flush(), Math.min(delay, MAX_FLUSH_AFTER_MS));
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sendCounts();
    this.#sendExchanges();
  }

  #sendCounts(): void {
    const accounting = [...(this.#arrivals?.take() ?? []), ...this.#counts.take()];
    if (accounting.length > 0) this.#sender.send({ id: this.#nextId(), accounting });
  }

  /** Call it after `sendCounts`: the arrival of a request must reach the store before its end. */
  #sendExchanges(): void {
    if (this.#mirrored.isEmpty) return;
    this.budget.give(this.#slab.used);
    const accounting = this.#mirrored
      .take()
      .flatMap((mirrored): AccountingCount[] => [mirrored, { ...mirrored, fate: "inFlight", count: -mirrored.count }]);
    const [exchanges, identical, slab] = [this.#exchanges.take(), this.#identical.take(), this.#slab.take()];
    const state = { progress: createProgress(), abandoned: [], isResent: false };
    this.#dispatcher.send({ id: this.#nextId(), accounting, exchanges, identical, slab, ...state });
  }

  #nextId(): string {
    this.#batchCount += 1;
    return `${this.#identity}/${this.#batchCount}`;
  }

  async #whenAcknowledged(): Promise<void> {
    await Promise.all([this.#sender.whenAcknowledged(), this.#dispatcher.whenAcknowledged()]);
  }

  #checkDrained(): void {
    if (this.#onDrained === undefined) return;
    if (!this.#isEmpty) this.#flush();
    else if (this.batchesInFlight === 0) this.#onDrained();
  }
}
