import type { Database } from "better-sqlite3";
import type { ResultBatch } from "../../model/batch.ts";
import type { Run } from "../../model/run.ts";
import type { StoreWriter } from "../store.ts";
import { openForWriting } from "./database.ts";
import { createFileGuard } from "./file-guard.ts";
import { Keys } from "./keys.ts";
import { Retention, type RetentionLimits } from "./retention.ts";
import { SampleKeeper } from "./samples.ts";
import { sumBatches } from "./sums.ts";

export interface SqliteWriterOptions {
  /** Distinct endpoints per run; further ones are counted under one collective name. */
  readonly maxEndpoints: number;
  /** Distinct sets of differing fields per endpoint and candidate. */
  readonly maxDifferenceSets: number;
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
    this.#retention = new Retention(db, options.retention);
    this.#statements = prepareStatements(db);
  }

  beginRun(run: Run): void {
    this.#runs.set(run.id, run);
    this.#transaction(() => this.#keys.run(run));
  }

  changeRun(run: Run): void {
    this.#runs.set(run.id, run);
    this.#transaction(() => this.#keys.changeRun(run));
  }

  commit(runId: string, batches: readonly ResultBatch[]): void {
    const run = this.#runs.get(runId);
    if (run === undefined) throw new Error(`The run ${runId} was not begun.`);
    this.#transaction(() => this.#write(run, batches));
  }

  retain(nowMs: number): boolean {
    try {
      return this.#retention.apply(nowMs, [...this.#runs.keys()]);
    } finally {
      // It deletes endpoints and sets that nothing counts any more.
      this.#keys.forget();
    }
  }

  close(): void {
    this.#db.close();
  }

  #transaction(work: () => void): void {
    this.#guardFile();
    const whole = this.#db.transaction(() => {
      // Read under the write lock, so that nobody can come between.
      const version = this.#db.pragma("data_version", { simple: true });
      if (version !== this.#seenVersion) this.#keys.forget();
      this.#seenVersion = version;
      work();
    });
    try {
      whole.immediate();
    } catch (error) {
      // Keys that were made in this transaction are gone with it.
      this.#keys.forget();
      throw error;
    }
  }

  #write(run: Run, batches: readonly ResultBatch[]): void {
    const { insertBatch, addTally, addTallyTotal, addLatency, addLatencyTotal, addAccounting } = this.#statements;
    const runKey = this.#keys.run(run);
    const fresh = batches.filter(({ id }) => insertBatch.run(runKey, id).changes === 1);
    const sums = sumBatches(run, fresh, this.#keys);
    for (const { key, count } of sums.tallies.rows()) {
      const [minute, set] = key;
      addTally.run(runKey, minute, set, count);
      addTallyTotal.run(set, count);
    }
    for (const { key, count } of sums.latencies.rows()) {
      const [minute, endpoint, series, bucket] = key;
      addLatency.run(runKey, minute, endpoint, series, bucket, count);
      addLatencyTotal.run(endpoint, series, bucket, count);
    }
    for (const { key, count } of sums.accounting.rows()) addAccounting.run(runKey, ...key, count);
    for (const { samples } of fresh) {
      for (const sample of samples) this.#samples.keep(runKey, this.#keys.endpoint(run, sample), sample);
    }
  }
}

function prepareStatements(db: Database) {
  const add = "ON CONFLICT DO UPDATE SET count = count + excluded.count";
  return {
    insertBatch: db.prepare<[number, string]>("INSERT INTO batch (run_key, id) VALUES (?, ?) ON CONFLICT DO NOTHING"),
    addTally: db.prepare<[number, number, number, number]>(
      `INSERT INTO tally (run_key, minute, set_key, count) VALUES (?, ?, ?, ?) ${add}`,
    ),
    addTallyTotal: db.prepare<[number, number]>(`INSERT INTO tally_total (set_key, count) VALUES (?, ?) ${add}`),
    addLatency: db.prepare<[number, number, number, number, number, number]>(
      `INSERT INTO latency (run_key, minute, endpoint_key, series, bucket, count) VALUES (?, ?, ?, ?, ?, ?) ${add}`,
    ),
    addLatencyTotal: db.prepare<[number, number, number, number]>(
      `INSERT INTO latency_total (endpoint_key, series, bucket, count) VALUES (?, ?, ?, ?) ${add}`,
    ),
    addAccounting: db.prepare<[number, number, string, string, string, number]>(
      `INSERT INTO accounting (run_key, minute, candidate, fate, reason, count) VALUES (?, ?, ?, ?, ?, ?) ${add}`,
    ),
  };
}
