import { isDeepStrictEqual } from "node:util";
import { Backoff } from "../lib/async/backoff.ts";
import { SerialQueue } from "../lib/async/serial-queue.ts";
import { minuteOf } from "../lib/time-slots.ts";
import { proxyThreadOf, type ResultBatch } from "../model/batch.ts";
import { deniedFields } from "../model/review.ts";
import type { Run, SwitchFailure } from "../model/run.ts";
import { findImbalance } from "./batch-balance.ts";
import type { CommitterOptions, StoredRules } from "./committer-options.ts";
import { CommittedCounts, countExchanges } from "./committed-counts.ts";
import { type PendingBatch, PendingBatches } from "./pending-batches.ts";
import { isRunChanged, StoreDataError, StoreLostError } from "./store-errors.ts";
import type { StoreEdit, StoreWriter } from "./store.ts";

/** Maximum number of batches per transaction. When so many are pending, they are committed without waiting for the tick. */
const MAX_BATCHES = 500;
/** Interval of the retention; it continues with the next tick if there is more to delete. */
const RETENTION_INTERVAL_MS = 60_000;
const MIN_RETRY_DELAY_MS = 250;
const MAX_RETRY_DELAY_MS = 5_000;

/**
 * The work of the store thread: collects batches, commits them and acknowledges them to their senders. While the database is
 * unavailable, batches stay pending and the committer retries with exponential backoff from 250 ms to 5 s. A batch counts once,
 * however often its commit was attempted.
 *
 * Pending batches are bounded by their senders. A proxy thread has at most 256 unacknowledged batches of captures, whose bytes
 * are bounded too, and 256 of counts; then it drops exchanges and counts them (`queue`), and its other counts add up in memory.
 * A compare thread sends results without samples while those that are unacknowledged have 64 MiB of them.
 *
 * Operations run one at a time, in the order of the calls, however long the database takes.
 */
export class Committer<Sender> {
  readonly #options: CommitterOptions<Sender>;
  readonly #queue = new SerialQueue();
  #run: Run;
  /** The run as it was reloaded, until it is written. */
  #changedRun: Run | undefined;
  readonly #pending = new PendingBatches<Sender>();
  /** A tick that has not ended. */
  #ticking: Promise<void> | undefined;
  #writer: StoreWriter | undefined;
  #error: string | null | undefined;
  readonly #retry = new Backoff(MIN_RETRY_DELAY_MS, MAX_RETRY_DELAY_MS);
  #nextRetentionAt = -Infinity;
  #stored: StoredRules | undefined;
  readonly #committed = new CommittedCounts();
  /** A file was lost, and the next one does not say so yet. */
  #isFileLost = false;
  /** Proxy threads that have died, and those of them whose requests in flight are not recorded as interrupted yet. */
  readonly #dead = new Set<string>();
  readonly #interrupted = new Set<string>();

  constructor(options: CommitterOptions<Sender>) {
    this.#options = options;
    this.#run = options.run;
  }

  /** Number of batches that are not committed yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Replaces versions, gate and rules of the run after a reload; written with the next tick. */
  updateRun(run: Run): void {
    // The run has ended in the meantime.
    if (run.id !== this.#run.id) return;
    this.#run = run;
    this.#changedRun = run;
  }

  /** A proxy thread has died. Some of its batches may still be on their way. */
  proxyDied(proxyThread: string): void {
    this.#dead.add(proxyThread);
    this.#interrupted.add(proxyThread);
  }

  add(batch: ResultBatch, sender: Sender): void {
    this.#pending.add(batch, sender);
    if (this.#pending.length >= MAX_BATCHES) void this.tick();
  }

  /** Commits pending batches and applies retention. Call it every 250 ms; a call during a tick does nothing. */
  tick(): Promise<void> {
    const { last } = this.#pending;
    this.#ticking ??= this.#queue.run(async () => {
      try {
        if (!this.#retry.isResting(this.#options.now())) await this.#attempt((writer) => this.#tick(writer, last));
      } finally {
        this.#ticking = undefined;
      }
    });
    return this.#ticking;
  }

  /** Writes an edit before anything else that is not begun. @returns an error message, or null */
  edit(edit: StoreEdit): Promise<string | null> {
    return this.#queue.run(() =>
      this.#attempt(async (writer) => {
        await writer.edit(edit);
        await this.#publishRules(writer);
      }),
    );
  }

  /**
   * Commits the batches that are pending now to the current run, ends it and begins the next one, to which later batches belong.
   * If replicas share the database and another one has begun the next run, this follows it.
   * @returns why the current run continues, or null
   */
  switchRun(next: Run, endedAt: number): Promise<SwitchFailure | null> {
    const { last } = this.#pending;
    return this.#queue.run(async () => {
      let isConflict = false;
      const message = await this.#attempt(async (writer) => {
        await this.#commitUpTo(writer, last);
        try {
          await writer.endRun(this.#run.id, endedAt, next);
        } catch (error) {
          isConflict = isRunChanged(error);
          if (isConflict) return;
          throw error;
        }
        this.#run = next;
        this.#changedRun = undefined;
        this.#committed.reset();
      });
      if (isConflict) return { message: "another replica has begun a run", isConflict };
      return message === null ? null : { message, isConflict };
    });
  }

  /** Reads rules, reviews and templates again, because another process may have changed them. */
  async reloadRules(): Promise<void> {
    await this.#queue.run(() => this.#attempt((writer) => this.#publishRules(writer)));
  }

  /** Commits pending batches, ends the run and closes the database. Batches that cannot be committed are lost. */
  close(): Promise<void> {
    const { last } = this.#pending;
    return this.#queue.run(async () => {
      await this.#attempt(async (writer) => {
        await this.#commitUpTo(writer, last);
        await writer.endRun(this.#run.id, this.#options.wallClock(), null);
      });
      if (this.#pending.length > 0) this.#options.onLoss(countExchanges(this.#pending.batches));
      await this.#closeWriter();
    });
  }

  /** Runs `work` with the writer and opens the database if necessary. @returns an error message, or null */
  async #attempt(work: (writer: StoreWriter) => Promise<void>, isRepeated = false): Promise<string | null> {
    try {
      this.#writer ??= await this.#open();
      await work(this.#writer);
      this.#retry.succeeded();
      this.#publishState(null);
      return null;
    } catch (error) {
      const isFileLost = error instanceof StoreLostError;
      this.#isFileLost ||= isFileLost;
      await this.#closeWriter();
      if (isFileLost && !isRepeated) return this.#attempt(work, true);
      const message = error instanceof Error ? error.message : String(error);
      this.#options.onFailure();
      this.#retry.failed(this.#options.now());
      this.#publishState(message);
      return message;
    }
  }

  async #tick(writer: StoreWriter, last: number): Promise<void> {
    await writer.verify();
    await this.#commitUpTo(writer, last);
    if (this.#options.now() >= this.#nextRetentionAt) await this.#applyRetention(writer);
  }

  /** @param last number of the last batch: with those that arrive in the meantime, a slow database would never be done */
  async #commitUpTo(writer: StoreWriter, last: number): Promise<void> {
    const changed = this.#changedRun;
    if (changed !== undefined) {
      await writer.updateRun(changed);
      if (this.#changedRun === changed) this.#changedRun = undefined;
    }
    for (;;) {
      const group = this.#pending.first(MAX_BATCHES, last);
      if (group.length === 0) break;
      await this.#commit(writer, group);
    }
    for (const proxyThread of this.#interrupted) {
      await writer.interrupt(this.#run.id, proxyThread);
      this.#interrupted.delete(proxyThread);
    }
    if (!isDeepStrictEqual(await writer.templates(), this.#stored?.templates)) await this.#publishRules(writer);
  }

  async #open(): Promise<StoreWriter> {
    const writer = await this.#options.open();
    try {
      await this.#beginRun(writer);
      await writer.endAbandonedRuns(this.#options.wallClock());
      if (this.#isFileLost) await this.#recordFileLoss(writer);
      await this.#publishRules(writer);
      return writer;
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  /** A reload can have changed the run in the meantime. */
  async #beginRun(writer: StoreWriter): Promise<void> {
    const run = await writer.beginRun(this.#run);
    if (run.id !== this.#run.id) {
      this.#run = run;
      this.#changedRun = undefined;
    }
    this.#options.onBegin?.(run);
  }

  async #recordFileLoss(writer: StoreWriter): Promise<void> {
    const { settled } = this.#committed;
    const exchanges = this.#committed.takeExchanges();
    await writer.forget(this.#run.id, minuteOf(this.#options.wallClock()), settled);
    this.#isFileLost = false;
    this.#options.onLoss(exchanges);
    this.#options.onFileLost({ requests: Math.max(0, ...settled.values()), exchanges });
  }

  /** Commits a group in one transaction. If the database rejects the data, commits one by one, so that only the bad batch is lost. */
  async #commit(writer: StoreWriter, group: readonly PendingBatch<Sender>[]): Promise<void> {
    const startedAt = this.#options.now();
    const batches = group.map(({ batch }) => batch);
    try {
      await writer.commit(this.#run.id, batches);
    } catch (error) {
      if (!(error instanceof StoreDataError)) throw error;
      if (group.length > 1) {
        for (const pending of group) await this.#commit(writer, [pending]);
        return;
      }
      this.#options.onFailure();
      this.#options.onLoss(countExchanges(batches));
      this.#settle(group);
      return;
    }
    this.#options.onCommit(group.length, (this.#options.now() - startedAt) / 1000);
    this.#settle(group);
    this.#check(batches);
  }

  #check(batches: readonly ResultBatch[]): void {
    this.#committed.add(batches);
    for (const batch of batches) {
      for (const [candidate, requests] of findImbalance(batch)) this.#options.onImbalance(candidate, requests);
      const proxyThread = proxyThreadOf(batch);
      if (this.#dead.has(proxyThread)) this.#interrupted.add(proxyThread);
    }
  }

  #settle(group: readonly PendingBatch<Sender>[]): void {
    for (const [sender, ids] of this.#pending.remove(group)) this.#options.onSettled(sender, ids);
  }

  async #publishRules(writer: StoreWriter): Promise<void> {
    const stored: StoredRules = {
      rules: await writer.rules(),
      denied: deniedFields(await writer.reviews()),
      templates: await writer.templates(),
    };
    if (isDeepStrictEqual(stored, this.#stored)) return;
    this.#stored = stored;
    this.#options.onRulesChange(stored);
  }

  async #applyRetention(writer: StoreWriter): Promise<void> {
    this.#nextRetentionAt = this.#options.now() + RETENTION_INTERVAL_MS;
    // Another process could have changed the rules and reviews.
    await this.#publishRules(writer);
    if (await writer.applyRetention(this.#options.wallClock())) this.#nextRetentionAt = this.#options.now();
  }

  async #closeWriter(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    try {
      await writer?.close();
    } catch {
      // The writer is discarded anyway; the next attempt opens a new one.
    }
  }

  #publishState(error: string | null): void {
    if (error === this.#error) return;
    this.#error = error;
    this.#options.onStateChange(error);
  }
}
