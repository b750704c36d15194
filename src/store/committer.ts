import { isDeepStrictEqual } from "node:util";
import type { ResultBatch } from "../model/batch.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import type { StoreEdit, StoreWriter } from "./store.ts";

/** Batches of one transaction; so many at once do not wait for the next tick. */
const MAX_BATCHES = 500;
/** How often old rows are looked for; sooner when there are more of them. */
const RETAIN_EVERY_MS = 60_000;
const FLUSH_EVERY_MS = 1_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

export interface CommitterOptions<Sender> {
  readonly run: Run;
  /** Throws while the database cannot be used; it is asked again. */
  open(): StoreWriter;
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Unix milliseconds, for the age of rows. */
  wallClock(): number;
  /** These batches will never be needed again. */
  settled(sender: Sender, ids: readonly string[]): void;
  /** Why nothing can be stored (a sentence), or null when it can; told on change, and once at first. */
  state(error: string | null): void;
  /** The stored rules, at first and whenever they are others. */
  rules(rules: readonly Rule[]): void;
  committed(batches: number, seconds: number): void;
  failed(): void;
  /** Compared exchanges that will never be stored. */
  lost(exchanges: number): void;
}

interface Pending<Sender> {
  readonly batch: ResultBatch;
  readonly sender: Sender;
}

/**
 * The work of the store thread: collects batches, commits them, and tells their senders. While the database cannot be
 * used, batches stay (the senders have a bound on what is unsettled) and it is tried again, at first after 250 ms, then
 * less and less often, at least every 5 s. What was committed counts once, however often it was tried.
 */
export class Committer<Sender> {
  readonly #options: CommitterOptions<Sender>;
  #run: Run;
  #runChanged = false;
  #pending: Pending<Sender>[] = [];
  #writer: StoreWriter | undefined;
  #error: string | null | undefined;
  #delay = 0;
  #notBefore = -Infinity;
  #retainAt = -Infinity;
  #flushAt = -Infinity;
  #rules: readonly Rule[] | undefined;

  constructor(options: CommitterOptions<Sender>) {
    this.#options = options;
    this.#run = options.run;
  }

  /** Batches that have come and are not committed. */
  get pending(): number {
    return this.#pending.length;
  }

  /** The versions or the gate of the run are others from now on; recorded with the next tick. */
  updateRun(run: Run): void {
    // It may have ended meanwhile.
    if (run.id !== this.#run.id) return;
    this.#run = run;
    this.#runChanged = true;
  }

  add(batch: ResultBatch, sender: Sender): void {
    this.#pending.push({ batch, sender });
    if (this.#pending.length >= MAX_BATCHES) this.tick();
  }

  /** To be called every 250 ms: commits what has come, opens the database if need be, deletes what is too old. */
  tick(): void {
    if (this.#options.now() < this.#notBefore) return;
    this.#attempt((writer) => {
      this.#commitAll(writer);
      if (this.#options.now() >= this.#flushAt) this.#flush(writer);
      if (this.#options.now() >= this.#retainAt) this.#applyRetention(writer);
    });
  }

  /** Writes a change, at once. @returns why that was not possible, or null */
  edit(edit: StoreEdit): string | null {
    return this.#attempt((writer) => {
      writer.edit(edit);
      this.#tellRules(writer);
    });
  }

  /** Commits all that has come to the run, ends it and goes on with another one. @returns why that was not possible, or null */
  switchRun(next: Run, endedAt: number): string | null {
    return this.#attempt((writer) => {
      this.#commitAll(writer);
      writer.endRun(this.#run.id, endedAt, next);
      this.#run = next;
    });
  }

  /** Commits what is left, at once, ends the run and closes the database. What cannot be committed is lost. */
  close(): void {
    this.#attempt((writer) => {
      this.#commitAll(writer);
      writer.endRun(this.#run.id, this.#options.wallClock(), null);
    });
    if (this.#pending.length > 0) this.#options.lost(exchangesIn(this.#pending));
    this.#closeWriter();
  }

  /** Works with the database, which is opened if need be. @returns what went wrong, or null */
  #attempt(work: (writer: StoreWriter) => void): string | null {
    try {
      this.#writer ??= this.#open();
      work(this.#writer);
      this.#delay = 0;
      this.#notBefore = -Infinity;
      this.#tell(null);
      return null;
    } catch (error) {
      const message = messageOf(error);
      this.#closeWriter();
      this.#options.failed();
      this.#delay = Math.min(Math.max(this.#delay * 2, FIRST_DELAY_MS), LONGEST_DELAY_MS);
      this.#notBefore = this.#options.now() + this.#delay;
      this.#tell(message);
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
      this.#tellRules(writer);
      return writer;
    } catch (error) {
      writer.close();
      throw error;
    }
  }

  /** All in one transaction; when the data itself is refused, one by one, so that only the bad batch is lost. */
  #commit(writer: StoreWriter, group: readonly Pending<Sender>[]): void {
    const began = this.#options.now();
    try {
      writer.commit(
        this.#run.id,
        group.map(({ batch }) => batch),
      );
    } catch (error) {
      if (!isDataError(error)) throw error;
      if (group.length > 1) {
        for (const one of group) this.#commit(writer, [one]);
        return;
      }
      this.#options.failed();
      this.#options.lost(exchangesIn(group));
      this.#settle(group);
      return;
    }
    this.#options.committed(group.length, (this.#options.now() - began) / 1000);
    this.#settle(group);
  }

  #settle(group: readonly Pending<Sender>[]): void {
    this.#pending.splice(0, group.length);
    for (const [sender, mine] of Map.groupBy(group, ({ sender }) => sender)) {
      this.#options.settled(
        sender,
        mine.map(({ batch }) => batch.id),
      );
    }
  }

  #flush(writer: StoreWriter): void {
    this.#flushAt = this.#options.now() + FLUSH_EVERY_MS;
    writer.flush();
  }

  #tellRules(writer: StoreWriter): void {
    const rules = writer.rules();
    if (isDeepStrictEqual(rules, this.#rules)) return;
    this.#rules = rules;
    this.#options.rules(rules);
  }

  #applyRetention(writer: StoreWriter): void {
    this.#retainAt = this.#options.now() + RETAIN_EVERY_MS;
    // Another process may have changed them.
    this.#tellRules(writer);
    if (writer.applyRetention(this.#options.wallClock())) this.#retainAt = this.#options.now();
  }

  #closeWriter(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    try {
      writer?.close();
    } catch {
      // It is given up in any case; a new one is opened from its file.
    }
  }

  #tell(error: string | null): void {
    if (error === this.#error) return;
    this.#error = error;
    this.#options.state(error);
  }
}

/** Errors that the batch would cause in every database. All others are the database's, and pass. */
function isDataError(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string" || !code.startsWith("SQLITE_"))
    return error instanceof TypeError || error instanceof RangeError;
  return /^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

function exchangesIn(group: readonly Pending<unknown>[]): number {
  return group.reduce((sum, { batch }) => batch.outcomes.reduce((all, { count }) => all + count, sum), 0);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
