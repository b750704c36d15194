import { isDeepStrictEqual } from "node:util";
import type { ResultBatch } from "../model/batch.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { StoreEdit, StoreWriter } from "./store.ts";

/** Maximum number of batches per transaction. When so many are pending, they are committed without waiting for the tick. */
const MAX_BATCHES = 500;
/** Interval of the retention; it continues with the next tick if there is more to delete. */
const RETENTION_INTERVAL_MS = 60_000;
const FLUSH_INTERVAL_MS = 1_000;
const MIN_RETRY_DELAY_MS = 250;
const MAX_RETRY_DELAY_MS = 5_000;

export interface CommitterOptions<Sender> {
  readonly run: Run;
  /** Opens the database. If it throws, the committer retries later. */
  open(): StoreWriter;
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Unix milliseconds; determines the age of rows. */
  wallClock(): number;
  /** These batches are committed or permanently rejected; the sender can release them. */
  onSettled(sender: Sender, ids: readonly string[]): void;
  /** Called first and on every change. `error` says why the store cannot write; null if it can. */
  onStateChange(error: string | null): void;
  /** Called with the stored rules, first and on every change. */
  onRulesChange(rules: readonly Rule[]): void;
  onCommit(batches: number, seconds: number): void;
  onFailure(): void;
  /** Called with the number of compared exchanges that could not be stored. */
  onLoss(exchanges: number): void;
}

interface Pending<Sender> {
  readonly batch: ResultBatch;
  readonly sender: Sender;
}

/**
 * The work of the store thread: collects batches, commits them and acknowledges them to their senders. While the database is
 * unavailable, batches stay pending (senders bound the number of unacknowledged ones) and the committer retries with
 * exponential backoff from 250 ms to 5 s. A batch counts once, however often its commit was attempted.
 */
export class Committer<Sender> {
  readonly #options: CommitterOptions<Sender>;
  #run: Run;
  #runChanged = false;
  #pending: Pending<Sender>[] = [];
  #writer: StoreWriter | undefined;
  #error: string | null | undefined;
  #retryDelay = 0;
  #retryAt = -Infinity;
  #nextRetentionAt = -Infinity;
  #nextFlushAt = -Infinity;
  #rules: readonly Rule[] | undefined;

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
    this.#runChanged = true;
  }

  add(batch: ResultBatch, sender: Sender): void {
    this.#pending.push({ batch, sender });
    if (this.#pending.length >= MAX_BATCHES) this.tick();
  }

  /** Commits pending batches, flushes latency pairs and applies retention. Call it every 250 ms. */
  tick(): void {
    if (this.#options.now() < this.#retryAt) return;
    this.#attempt((writer) => {
      this.#commitAll(writer);
      if (this.#options.now() >= this.#nextFlushAt) this.#flush(writer);
      if (this.#options.now() >= this.#nextRetentionAt) this.#applyRetention(writer);
    });
  }

  /** Writes an edit immediately. @returns an error message, or null */
  edit(edit: StoreEdit): string | null {
    return this.#attempt((writer) => {
      writer.edit(edit);
      this.#publishRules(writer);
    });
  }

  /** Commits pending batches to the current run, ends it and begins the next one. @returns an error message, or null */
  switchRun(next: Run, endedAt: number): string | null {
    return this.#attempt((writer) => {
      this.#commitAll(writer);
      writer.endRun(this.#run.id, endedAt, next);
      this.#run = next;
    });
  }

  /** Commits pending batches, ends the run and closes the database. Batches that cannot be committed are lost. */
  close(): void {
    this.#attempt((writer) => {
      this.#commitAll(writer);
      writer.endRun(this.#run.id, this.#options.wallClock(), null);
    });
    if (this.#pending.length > 0) this.#options.onLoss(countExchanges(this.#pending));
    this.#closeWriter();
  }

  /** Runs `work` with the writer and opens the database if necessary. @returns an error message, or null */
  #attempt(work: (writer: StoreWriter) => void): string | null {
    try {
      this.#writer ??= this.#open();
      work(this.#writer);
      this.#retryDelay = 0;
      this.#retryAt = -Infinity;
      this.#publishState(null);
      return null;
    } catch (error) {
      const message = messageOf(error);
      this.#closeWriter();
      this.#options.onFailure();
      this.#retryDelay = Math.min(Math.max(this.#retryDelay * 2, MIN_RETRY_DELAY_MS), MAX_RETRY_DELAY_MS);
      this.#retryAt = this.#options.now() + this.#retryDelay;
      this.#publishState(message);
      return message;
    }
  }

  #commitAll(writer: StoreWriter): void {
    if (this.#runChanged) writer.updateRun(this.#run);
    this.#runChanged = false;
    while (this.#pending.length > 0) this.#commit(writer, this.#pending.slice(0, MAX_BATCHES));
  }

  #open(): StoreWriter {
    const writer = this.#options.open();
    try {
      writer.beginRun(this.#run);
      writer.endAbandonedRuns(this.#options.wallClock());
      this.#publishRules(writer);
      return writer;
    } catch (error) {
      writer.close();
      throw error;
    }
  }

  /** Commits a group in one transaction. If the database rejects the data, commits one by one, so that only the bad batch is lost. */
  #commit(writer: StoreWriter, group: readonly Pending<Sender>[]): void {
    const startedAt = this.#options.now();
    try {
      writer.commit(
        this.#run.id,
        group.map(({ batch }) => batch),
      );
    } catch (error) {
      if (!isDataError(error)) throw error;
      if (group.length > 1) {
        for (const pending of group) this.#commit(writer, [pending]);
        return;
      }
      this.#options.onFailure();
      this.#options.onLoss(countExchanges(group));
      this.#settle(group);
      return;
    }
    this.#options.onCommit(group.length, (this.#options.now() - startedAt) / 1000);
    this.#settle(group);
  }

  #settle(group: readonly Pending<Sender>[]): void {
    this.#pending.splice(0, group.length);
    for (const [sender, batches] of Map.groupBy(group, ({ sender }) => sender)) {
      this.#options.onSettled(
        sender,
        batches.map(({ batch }) => batch.id),
      );
    }
  }

  #flush(writer: StoreWriter): void {
    this.#nextFlushAt = this.#options.now() + FLUSH_INTERVAL_MS;
    writer.flush();
  }

  #publishRules(writer: StoreWriter): void {
    const rules = writer.rules();
    if (isDeepStrictEqual(rules, this.#rules)) return;
    this.#rules = rules;
    this.#options.onRulesChange(rules);
  }

  #applyRetention(writer: StoreWriter): void {
    this.#nextRetentionAt = this.#options.now() + RETENTION_INTERVAL_MS;
    // Another process could have changed the rules.
    this.#publishRules(writer);
    if (writer.applyRetention(this.#options.wallClock())) this.#nextRetentionAt = this.#options.now();
  }

  #closeWriter(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    try {
      writer?.close();
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

/** Whether the batch itself is invalid. All other errors are problems of the database, which can be temporary. */
function isDataError(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string" || !code.startsWith("SQLITE_"))
    return error instanceof TypeError || error instanceof RangeError;
  return /^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

function countExchanges(group: readonly Pending<unknown>[]): number {
  return group.reduce((sum, { batch }) => batch.outcomes.reduce((all, { count }) => all + count, sum), 0);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
