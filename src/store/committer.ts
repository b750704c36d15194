import type { ResultBatch } from "../model/batch.ts";
import type { Run } from "../model/run.ts";
import type { StoreWriter } from "./store.ts";

/** Batches of one transaction; so many at once do not wait for the next tick. */
const MAX_BATCHES = 500;
/** How often old rows are looked for; sooner when there are more of them. */
const RETAIN_EVERY_MS = 60_000;
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

  constructor(options: CommitterOptions<Sender>) {
    this.#options = options;
    this.#run = options.run;
  }

  /** Batches that have come and are not committed. */
  get pending(): number {
    return this.#pending.length;
  }

  /** The versions or the gate of the run are others from now on; recorded with the next tick. */
  changeRun(run: Run): void {
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
    const failure = this.#attempt();
    if (failure === undefined) {
      this.#delay = 0;
      this.#tell(null);
      return;
    }
    this.#closeWriter();
    this.#options.failed();
    this.#delay = Math.min(Math.max(this.#delay * 2, FIRST_DELAY_MS), LONGEST_DELAY_MS);
    this.#notBefore = this.#options.now() + this.#delay;
    this.#tell(messageOf(failure));
  }

  /** Commits what is left, at once, and closes the database. What cannot be committed is lost. */
  close(): void {
    this.#notBefore = -Infinity;
    this.#retainAt = Infinity;
    this.tick();
    if (this.#pending.length > 0) this.#options.lost(exchangesIn(this.#pending));
    this.#closeWriter();
  }

  /** @returns what went wrong */
  #attempt(): unknown {
    try {
      this.#writer ??= this.#open();
      if (this.#runChanged) this.#writer.changeRun(this.#run);
      this.#runChanged = false;
      while (this.#pending.length > 0) this.#commit(this.#writer, this.#pending.slice(0, MAX_BATCHES));
      if (this.#options.now() >= this.#retainAt) this.#retain(this.#writer);
      return undefined;
    } catch (error) {
      return error ?? new Error("unknown error");
    }
  }

  #open(): StoreWriter {
    const writer = this.#options.open();
    try {
      writer.beginRun(this.#run);
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

  #retain(writer: StoreWriter): void {
    this.#retainAt = this.#options.now() + RETAIN_EVERY_MS;
    if (writer.retain(this.#options.wallClock())) this.#retainAt = this.#options.now();
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
