import type { Database } from "better-sqlite3";
import type { ResultBatch } from "../../../model/batch.ts";
import type { Rule } from "../../../model/rule.ts";
import type { Run } from "../../../model/run.ts";
import type { StoreEdit, StoreWriter } from "../../store.ts";
import { openForWriting } from "../database.ts";
import { Edits, readRules } from "../rule-and-review-rows.ts";
import { createFileGuard } from "../file-guard.ts";
import { Keys } from "./interned-keys.ts";
import { LatencyWriter } from "./latency-writer.ts";
import { PairKeeper } from "./latency-pair-writer.ts";
import { Retention, type RetentionLimits } from "./retention.ts";
import { RunCounters } from "./run-counters.ts";
import { SampleKeeper } from "../sample-rows.ts";
import { type Sums, sumBatches } from "./batch-sums.ts";

export interface SqliteWriterOptions {
  /** Distinct endpoints per run; further ones are counted under one collective name. */
  readonly maxEndpoints: number;
  /** Distinct sets of differing fields per endpoint and candidate. */
  readonly maxDifferenceSets: number;
  /** Size of the reservoir; the first, the last and the smallest come on top. */
  readonly samplesPerDifference: number;
  readonly retention: RetentionLimits;
  /** A folder of SQL files other than this version's own. */
  readonly migrations?: string | undefined;
}

/**
 * Opens the database of a store thread, making it or bringing it up to date where needed.
 * @throws Error that names the path and says what is wrong; nothing is left open then
 */
export function openSqliteWriter(path: string, options: SqliteWriterOptions): StoreWriter {
  return new SqliteWriter(openForWriting(path, options.migrations), createFileGuard(path), options);
}

class SqliteWriter implements StoreWriter {
  readonly #db: Database;
  readonly #guardFile: () => void;
  readonly #keys: Keys;
  readonly #samples: SampleKeeper;
  readonly #pairs: PairKeeper;
  readonly #latencies: LatencyWriter;
  readonly #runCounters: RunCounters;
  readonly #edits: Edits;
  readonly #readRules: () => readonly Rule[];
  readonly #retention: Retention;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #runs = new Map<string, Run>();
  /** Changes whenever another connection has written to the file. */
  #seenVersion: unknown;

  constructor(db: Database, guardFile: () => void, options: SqliteWriterOptions) {
    this.#db = db;
    this.#guardFile = guardFile;
    this.#keys = new Keys(db, options);
    this.#samples = new SampleKeeper(db, options.samplesPerDifference);
    this.#pairs = new PairKeeper(db, this.#keys);
    this.#latencies = new LatencyWriter(db);
    this.#runCounters = new RunCounters(db);
    this.#edits = new Edits(db);
    this.#readRules = readRules(db);
    this.#retention = new Retention(db, options.retention);
    this.#statements = prepareStatements(db);
  }

  beginRun(run: Run): void {
    this.#runs.set(run.id, run);
    this.#transaction(() => this.#keys.run(run));
  }

  endAbandonedRuns(nowMs: number): void {
    this.#transaction(() => this.#keys.endAbandonedRuns([...this.#runs.keys()], nowMs));
  }

  updateRun(run: Run): void {
    this.#runs.set(run.id, run);
    this.#transaction(() => this.#keys.updateRun(run));
  }

  commit(runId: string, batches: readonly ResultBatch[]): void {
    const run = this.#begun(runId);
    const committed = this.#transaction(() => this.#write(run, batches));
    committed();
  }

  edit(edit: StoreEdit): void {
    this.#transaction(() => this.#edits.write(edit));
  }

  rules(): readonly Rule[] {
    this.#guardFile();
    return this.#readRules();
  }

  endRun(runId: string, endedAt: number, successor: Run | null): void {
    this.#transaction(() => {
      this.#keys.endRun(runId, endedAt);
      if (successor !== null) this.#keys.run(successor);
    });
    this.#runs.delete(runId);
    if (successor !== null) this.#runs.set(successor.id, successor);
  }

  flush(): void {
    if (!this.#pairs.hasChanged) return;
    const written = this.#transaction(() => this.#pairs.write());
    written();
  }

  applyRetention(nowMs: number): boolean {
    this.flush();
    try {
      return this.#retention.apply(nowMs, [...this.#runs.keys()]);
    } finally {
      // It deletes endpoints, sets and samples.
      this.#forget();
      this.#pairs.forget();
    }
  }

  close(): void {
    try {
      this.flush();
    } finally {
      this.#db.close();
    }
  }

  #begun(runId: string): Run {
    const run = this.#runs.get(runId);
    if (run === undefined) throw new Error(`The run ${runId} was not begun.`);
    return run;
  }

  #forget(): void {
    this.#keys.forget();
    this.#samples.forget();
    this.#runCounters.forget();
  }

  #transaction<Result>(work: () => Result): Result {
    this.#guardFile();
    const whole = this.#db.transaction((): Result => {
      // Read under the write lock, so that nobody can come between.
      const version = this.#db.pragma("data_version", { simple: true });
      if (version !== this.#seenVersion) this.#forget();
      this.#seenVersion = version;
      return work();
    });
    try {
      return whole.immediate();
    } catch (error) {
      // Keys that were made in this transaction are gone with it.
      this.#forget();
      throw error;
    }
  }

  /** @returns to be called when it has been committed */
  #write(run: Run, batches: readonly ResultBatch[]): () => void {
    const fresh = batches.filter(({ id }) => this.#statements.insertBatch.run(id).changes === 1);
    const runKey = this.#keys.run(run);
    const sums = sumBatches(run, fresh, this.#keys);
    this.#writeMinutes(runKey, sums);
    this.#runCounters.write(sums);
    // Counts go on in a full database; samples wait until retention has made room.
    for (const { samples } of this.#retention.hasRoom ? fresh : []) {
      for (const sample of samples) this.#samples.keep(runKey, this.#keys.endpoint(run, sample), sample);
    }
    return this.#pairs.stage(
      run,
      fresh.flatMap(({ pairs }) => pairs),
    );
  }

  #writeMinutes(runKey: number, sums: Sums): void {
    const { addTally, addTallyTotal, addAccounting } = this.#statements;
    for (const { key, count } of sums.tallies.rows()) {
      const [minute, set] = key;
      addTally.run(runKey, minute, set, count);
      addTallyTotal.run(set, count);
    }
    this.#latencies.write(runKey, sums);
    for (const { key, count } of sums.accounting.rows()) addAccounting.run(runKey, ...key, count);
  }
}

function prepareStatements(db: Database) {
  const add = "ON CONFLICT DO UPDATE SET count = count + excluded.count";
  return {
    insertBatch: db.prepare<[string]>("INSERT INTO batch (id) VALUES (?) ON CONFLICT DO NOTHING"),
    addTally: db.prepare<[number, number, number, number]>(
      `INSERT INTO tally (run_key, minute, set_key, count) VALUES (?, ?, ?, ?) ${add}`,
    ),
    addTallyTotal: db.prepare<[number, number]>(`INSERT INTO tally_total (set_key, count) VALUES (?, ?) ${add}`),
    addAccounting: db.prepare<[number, number, string, string, string, number]>(
      `INSERT INTO accounting (run_key, minute, candidate, fate, reason, count) VALUES (?, ?, ?, ?, ?, ?) ${add}`,
    ),
  };
}
