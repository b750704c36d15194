import { isDeepStrictEqual } from "node:util";
import type { LearnedTemplate } from "../endpoints/learned-template.ts";
import { minuteOf } from "../lib/time-slots.ts";
import { proxyThreadOf, type ResultBatch } from "../model/batch.ts";
import { deniedFields, type DeniedField } from "../model/review.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import { findImbalance } from "./batch-balance.ts";
import { CommittedCounts, countExchanges } from "./committed-counts.ts";
import type { StoreEdit, StoreWriter } from "./store.ts";

/** Maximum number of batches per transaction. When so many are pending, they are committed without waiting for the tick. */
const MAX_BATCHES = 500;
/** Interval of the retention; it continues with the next tick if there is more to delete. */
const RETENTION_INTERVAL_MS = 60_000;
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
  /** Called with the stored rules, the denied fields and the learned templates, first and on every change. */
  onRulesChange(stored: StoredRules): void;
  onCommit(batches: number, seconds: number): void;
  onFailure(): void;
  /** Called with the number of compared exchanges that could not be stored. */
  onLoss(exchanges: number): void;
  /** Called when the counts of a committed batch do not add up for a candidate: requests were lost by a defect. */
  onImbalance(candidate: string, requests: number): void;
  /** Called when the file was deleted, moved or replaced, after a new one was started. */
  onFileLost(loss: FileLoss): void;
}

/** What a lost file had counted for the current run. */
export interface FileLoss {
  /** Requests, of the candidate with the most. Those in flight count for the new file. */
  readonly requests: number;
  /** Compared exchanges. */
  readonly exchanges: number;
}

/** What comparisons depend on besides the configuration. */
export interface StoredRules {
  readonly rules: readonly Rule[];
  /** No rule hides these. */
  readonly denied: readonly DeniedField[];
  readonly templates: readonly LearnedTemplate[];
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
    this.#runChanged = true;
  }

  /** A proxy thread has died. Some of its batches may still be on their way. */
  proxyDied(proxyThread: string): void {
    this.#dead.add(proxyThread);
    this.#interrupted.add(proxyThread);
  }

  add(batch: ResultBatch, sender: Sender): void {
    this.#pending.push({ batch, sender });
    if (this.#pending.length >= MAX_BATCHES) this.tick();
  }

  /** Commits pending batches and applies retention. Call it every 250 ms. */
  tick(): void {
    if (this.#options.now() < this.#retryAt) return;
    this.#attempt((writer) => {
      writer.verify();
      this.#commitAll(writer);
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
      this.#committed.reset();
    });
  }

  /** Commits pending batches, ends the run and closes the database. Batches that cannot be committed are lost. */
  close(): void {
    this.#attempt((writer) => {
      this.#commitAll(writer);
      writer.endRun(this.#run.id, this.#options.wallClock(), null);
    });
    if (this.#pending.length > 0) this.#options.onLoss(countExchanges(this.#pending.map(({ batch }) => batch)));
    this.#closeWriter();
  }

  /** Runs `work` with the writer and opens the database if necessary. @returns an error message, or null */
  #attempt(work: (writer: StoreWriter) => void, isRepeated = false): string | null {
    try {
      this.#writer ??= this.#open();
      work(this.#writer);
      this.#retryDelay = 0;
      this.#retryAt = -Infinity;
      this.#publishState(null);
      return null;
    } catch (error) {
      const isFileLost = codeOf(error) === "SQLITE_READONLY_DBMOVED";
      this.#isFileLost ||= isFileLost;
      this.#closeWriter();
      if (isFileLost && !isRepeated) return this.#attempt(work, true);
      const message = messageOf(error);
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
    for (const proxyThread of this.#interrupted) writer.interrupt(this.#run.id, proxyThread);
    this.#interrupted.clear();
    if (!isDeepStrictEqual(writer.templates(), this.#stored?.templates)) this.#publishRules(writer);
  }

  #open(): StoreWriter {
    const writer = this.#options.open();
    try {
      writer.beginRun(this.#run);
      writer.endAbandonedRuns(this.#options.wallClock());
      if (this.#isFileLost) this.#recordFileLoss(writer);
      this.#publishRules(writer);
      return writer;
    } catch (error) {
      writer.close();
      throw error;
    }
  }

  #recordFileLoss(writer: StoreWriter): void {
    const { settled } = this.#committed;
    const exchanges = this.#committed.takeExchanges();
    writer.forget(this.#run.id, minuteOf(this.#options.wallClock()), settled);
    this.#isFileLost = false;
    this.#options.onLoss(exchanges);
    this.#options.onFileLost({ requests: Math.max(0, ...settled.values()), exchanges });
  }

  /** Commits a group in one transaction. If the database rejects the data, commits one by one, so that only the bad batch is lost. */
  #commit(writer: StoreWriter, group: readonly Pending<Sender>[]): void {
    const startedAt = this.#options.now();
    const batches = group.map(({ batch }) => batch);
    try {
      writer.commit(this.#run.id, batches);
    } catch (error) {
      if (!isDataError(error)) throw error;
      if (group.length > 1) {
        for (const pending of group) this.#commit(writer, [pending]);
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

  #settle(group: readonly Pending<Sender>[]): void {
    this.#pending.splice(0, group.length);
    for (const [sender, batches] of Map.groupBy(group, ({ sender }) => sender)) {
      this.#options.onSettled(
        sender,
        batches.map(({ batch }) => batch.id),
      );
    }
  }

  #publishRules(writer: StoreWriter): void {
    const stored: StoredRules = {
      rules: writer.rules(),
      denied: deniedFields(writer.reviews()),
      templates: writer.templates(),
    };
    if (isDeepStrictEqual(stored, this.#stored)) return;
    this.#stored = stored;
    this.#options.onRulesChange(stored);
  }

  #applyRetention(writer: StoreWriter): void {
    this.#nextRetentionAt = this.#options.now() + RETENTION_INTERVAL_MS;
    // Another process could have changed the rules and reviews.
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
  const code = codeOf(error);
  if (!code.startsWith("SQLITE_")) return error instanceof TypeError || error instanceof RangeError;
  return /^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The result code of SQLite, or of another program; empty without one. */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}
