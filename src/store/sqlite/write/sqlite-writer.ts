import type { Database } from "better-sqlite3";
import type { ResultBatch } from "../../../model/batch.ts";
import type { Rule } from "../../../model/rule.ts";
import type { Run } from "../../../model/run.ts";
import type { StoreEdit, StoreWriter } from "../../store.ts";
import { openForWriting, createFileGuard } from "../open-database.ts";
import { EditWriter, createRuleQuery } from "../rule-and-review-rows.ts";
import { type CardinalityLimits, InternedKeys } from "./interned-keys.ts";
import { LatencyHistogramWriter } from "./latency-histogram-writer.ts";
import { LatencyPairWriter } from "./latency-pair-writer.ts";
import { Retention, type RetentionLimits } from "./retention.ts";
import { RunCountWriter } from "./run-count-writer.ts";
import { SampleWriter } from "./sample-writer.ts";
import { type BatchSums, sumBatches } from "./batch-sums.ts";

export interface SqliteWriterOptions extends CardinalityLimits {
  /** Reservoir size per differing field, in addition to the first, the last and the smallest sample; 0 disables sampling. */
  readonly samplesPerDifference: number;
  readonly retention: RetentionLimits;
  /** Folder of SQL files; default: the migrations of this version. */
  readonly migrations?: string | undefined;
}

/**
 * Opens the database of a store thread; creates or migrates it if necessary.
 * @throws Error with a message that names the file and the problem
 */
export function openSqliteWriter(path: string, options: SqliteWriterOptions): StoreWriter {
  return new SqliteWriter(openForWriting(path, options.migrations), createFileGuard(path), options);
}

class SqliteWriter implements StoreWriter {
  readonly #db: Database;
  readonly #guardFile: () => void;
  readonly #keys: InternedKeys;
  readonly #samples: SampleWriter;
  readonly #pairs: LatencyPairWriter;
  readonly #latencies: LatencyHistogramWriter;
  readonly #runCounters: RunCountWriter;
  readonly #edits: EditWriter;
  readonly #readRules: () => readonly Rule[];
  readonly #retention: Retention;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #runs = new Map<string, Run>();
  /** Changes when another connection has written to the file. */
  #dataVersion: unknown;

  constructor(db: Database, guardFile: () => void, options: SqliteWriterOptions) {
    this.#db = db;
    this.#guardFile = guardFile;
    this.#keys = new InternedKeys(db, options);
    this.#samples = new SampleWriter(db, options.samplesPerDifference);
    this.#pairs = new LatencyPairWriter(db, this.#keys);
    this.#latencies = new LatencyHistogramWriter(db);
    this.#runCounters = new RunCountWriter(db);
    this.#edits = new EditWriter(db);
    this.#readRules = createRuleQuery(db);
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
    const run = this.#activeRun(runId);
    const onCommit = this.#transaction(() => this.#write(run, batches));
    onCommit();
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
    const onCommit = this.#transaction(() => this.#pairs.write());
    onCommit();
  }

  applyRetention(nowMs: number): boolean {
    this.flush();
    try {
      return this.#retention.apply(nowMs, [...this.#runs.keys()]);
    } finally {
      // Retention deletes endpoints, sets and samples.
      this.#clearCaches();
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

  #activeRun(runId: string): Run {
    const run = this.#runs.get(runId);
    if (run === undefined) throw new Error(`The run ${runId} is not active.`);
    return run;
  }

  #clearCaches(): void {
    this.#keys.forget();
    this.#samples.forget();
    this.#runCounters.forget();
  }

  #transaction<Result>(work: () => Result): Result {
    this.#guardFile();
    const transaction = this.#db.transaction((): Result => {
      // Read under the write lock, so that no other process can write in between.
      const version = this.#db.pragma("data_version", { simple: true });
      if (version !== this.#dataVersion) this.#clearCaches();
      this.#dataVersion = version;
      return work();
    });
    try {
      return transaction.immediate();
    } catch (error) {
      // The rollback removed the rows whose keys are cached.
      this.#clearCaches();
      throw error;
    }
  }

  /** @returns a callback for after the commit */
  #write(run: Run, batches: readonly ResultBatch[]): () => void {
    const newBatches = batches.filter(({ id }) => this.#statements.insertBatch.run(id).changes === 1);
    const runKey = this.#keys.run(run);
    const sums = sumBatches(run, newBatches, this.#keys);
    this.#writeMinutes(runKey, sums);
    this.#runCounters.write(sums);
    // A full database still accepts counts, but no samples until retention has freed space.
    for (const { samples } of this.#retention.hasRoom ? newBatches : []) {
      for (const sample of samples) this.#samples.offer(runKey, this.#keys.endpoint(run, sample), sample);
    }
    return this.#pairs.stage(
      run,
      newBatches.flatMap(({ pairs }) => pairs),
    );
  }

  #writeMinutes(runKey: number, sums: BatchSums): void {
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
