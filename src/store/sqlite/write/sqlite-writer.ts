import type { Database } from "better-sqlite3";
import type { LearnedTemplate } from "../../../endpoints/learned-template.ts";
import type { ResultBatch } from "../../../model/batch.ts";
import type { Review } from "../../../model/review.ts";
import type { Rule } from "../../../model/rule.ts";
import type { Run } from "../../../model/run.ts";
import { writtenEndpoints } from "../../counting/written-endpoints.ts";
import { type BatchSums, sumBatches } from "../../counting/batch-sums.ts";
import { AttributeWriter } from "../../counting/attribute-writer.ts";
import { BlockWriter } from "../../counting/block-writer.ts";
import { FeatureKeys } from "../../counting/feature-keys.ts";
import { InternedKeys } from "../../counting/interned-keys.ts";
import { ParameterWriter } from "../../counting/parameter-writer.ts";
import { RunCountWriter } from "../../counting/run-count-writer.ts";
import { SampleWriter } from "../../counting/sample-writer.ts";
import { StatusPairs } from "../../counting/status-pairs.ts";
import type { StoreEdit, StoreWriter } from "../../store.ts";
import type { StoreWriterOptions } from "../../store-writer-options.ts";
import { FileGuard } from "../file-guard.ts";
import { openForWriting } from "../open-database.ts";
import { toCommitError, toStoreError } from "../sqlite-errors.ts";
import { EditWriter, createReviewQuery, createRuleQuery } from "../rule-and-review-queries.ts";
import { AccountingWriter } from "./accounting-writer.ts";
import { createAttributeRows } from "./attribute-rows.ts";
import { createBlockRows } from "./block-rows.ts";
import { createFeatureRows } from "./feature-rows.ts";
import { createKeptSampleRows } from "./kept-sample-rows.ts";
import { createKeyRows, createRunChanges } from "./key-rows.ts";
import { LatencyHistogramWriter } from "./latency-histogram-writer.ts";
import { createParameterRows } from "./parameter-rows.ts";
import { Retention } from "./retention.ts";
import { createRunCountRows } from "./run-count-rows.ts";
import { SlowExchangeWriter } from "./slow-exchange-writer.ts";
import { createStatusPairRows } from "./status-pair-rows.ts";

export interface SqliteWriterOptions extends StoreWriterOptions {
  /** Folder of SQL files; default: the migrations of this version. */
  readonly migrations?: string | undefined;
}

/**
 * Opens the database of a store thread; creates or migrates it if necessary.
 * @throws Error with a message that names the file and the problem
 */
export function openSqliteWriter(path: string, options: SqliteWriterOptions): StoreWriter {
  return new SqliteWriter(openForWriting(path, options.migrations), new FileGuard(path, "writing"), options);
}

class SqliteWriter implements StoreWriter {
  readonly #db: Database;
  readonly #guard: FileGuard;
  readonly #keys: InternedKeys;
  readonly #samples: SampleWriter;
  readonly #slowExchanges: SlowExchangeWriter;
  readonly #attributeRows: ReturnType<typeof createAttributeRows>;
  readonly #attributes: AttributeWriter;
  readonly #latencies: LatencyHistogramWriter;
  readonly #runCounters: RunCountWriter;
  readonly #parameters: ParameterWriter;
  readonly #accounting: AccountingWriter;
  readonly #features: FeatureKeys;
  readonly #statusPairs: StatusPairs;
  readonly #blocks: BlockWriter;
  readonly #runChanges: ReturnType<typeof createRunChanges>;
  readonly #edits: EditWriter;
  readonly #readRules: () => readonly Rule[];
  readonly #readReviews: () => readonly Review[];
  readonly #retention: Retention;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #runs = new Map<string, Run>();
  /** Changes when another connection has written to the file. */
  #dataVersion: unknown;

  constructor(db: Database, guard: FileGuard, options: SqliteWriterOptions) {
    this.#db = db;
    this.#guard = guard;
    this.#readRules = createRuleQuery(db);
    this.#readReviews = createReviewQuery(db);
    this.#keys = new InternedKeys(createKeyRows(db), options, () => [
      ...(options.configuredEndpoints?.() ?? []),
      ...writtenEndpoints({ runs: this.#runs.values(), rules: this.#readRules(), reviews: this.#readReviews() }),
    ]);
    this.#samples = new SampleWriter(createKeptSampleRows(db), options.samplesPerDifference);
    this.#slowExchanges = new SlowExchangeWriter(db);
    this.#attributeRows = createAttributeRows(db);
    this.#attributes = new AttributeWriter(this.#attributeRows);
    this.#latencies = new LatencyHistogramWriter(db);
    this.#runCounters = new RunCountWriter(createRunCountRows(db));
    this.#parameters = new ParameterWriter(createParameterRows(db));
    this.#accounting = new AccountingWriter(db);
    this.#features = new FeatureKeys(createFeatureRows(db));
    this.#statusPairs = new StatusPairs(createStatusPairRows(db));
    this.#blocks = new BlockWriter(createBlockRows(db));
    this.#runChanges = createRunChanges(db);
    this.#edits = new EditWriter(db);
    this.#retention = new Retention(db, options.retention);
    this.#statements = prepareStatements(db);
  }

  beginRun(run: Run): Promise<Run> {
    this.#runs.set(run.id, run);
    return this.#transaction(() => {
      this.#keys.keepSpelledValues();
      this.#keys.run(run);
      return run;
    });
  }

  endAbandonedRuns(nowMs: number): Promise<void> {
    return this.#transaction(() => this.#runChanges.endAbandoned([...this.#runs.keys()], nowMs));
  }

  updateRun(run: Run): Promise<void> {
    this.#runs.set(run.id, run);
    return this.#transaction(() => {
      this.#runChanges.update(run);
      this.#keys.keepSpelledValues();
    });
  }

  async commit(runId: string, batches: readonly ResultBatch[]): Promise<void> {
    const run = this.#activeRun(runId);
    try {
      this.#runTransaction(() => this.#write(run, batches));
    } catch (error) {
      throw toCommitError(error);
    }
  }

  interrupt(runId: string, proxyThread: string): Promise<void> {
    return this.#transaction(() => this.#accounting.interrupt(this.#keys.run(this.#activeRun(runId)), proxyThread));
  }

  edit(edit: StoreEdit): Promise<void> {
    return this.#transaction(() => {
      this.#edits.write(edit);
      this.#keys.keepSpelledValues();
    });
  }

  rules(): Promise<readonly Rule[]> {
    return perform(() => {
      this.#guard.check();
      return this.#readRules();
    });
  }

  reviews(): Promise<readonly Review[]> {
    return perform(() => {
      this.#guard.check();
      return this.#readReviews();
    });
  }

  templates(): Promise<readonly LearnedTemplate[]> {
    return perform(() => this.#keys.templates);
  }

  async endRun(runId: string, endedAt: number, successor: Run | null): Promise<void> {
    await this.#transaction(() => {
      this.#runChanges.end(runId, endedAt);
      if (successor === null) return;
      this.#accounting.carryOver(this.#keys.run(this.#activeRun(runId)), this.#keys.run(successor));
    });
    this.#runs.delete(runId);
    this.#keys.release(runId);
    if (successor !== null) this.#runs.set(successor.id, successor);
  }

  applyRetention(nowMs: number): Promise<boolean> {
    return perform(() => {
      try {
        return this.#retention.apply(nowMs, [...this.#runs.keys()]);
      } finally {
        // Retention deletes endpoints, sets and samples.
        this.#clearCaches();
      }
    });
  }

  verify(): Promise<void> {
    return perform(() => this.#checkFile());
  }

  forget(runId: string, minute: number, requests: ReadonlyMap<string, number>): Promise<void> {
    return this.#transaction(() => {
      this.#accounting.forget(this.#keys.run(this.#activeRun(runId)), minute, requests);
    });
  }

  close(): Promise<void> {
    return perform(() => {
      try {
        // SQLite still has a file open that was moved, and a log that was deleted. This makes the file complete.
        if (!this.#guard.isIntact) this.#db.pragma("wal_checkpoint(TRUNCATE)");
      } finally {
        this.#db.close();
        this.#guard.removeLeftovers();
      }
    });
  }

  #activeRun(runId: string): Run {
    const run = this.#runs.get(runId);
    if (run === undefined) throw new Error(`The run ${runId} is not active.`);
    return run;
  }

  #clearCaches(): void {
    this.#keys.forget();
    this.#samples.forget();
    this.#attributes.forget();
    this.#runCounters.forget();
    this.#parameters.forget();
    this.#features.forget();
    this.#statusPairs.forget();
    this.#blocks.forget();
  }

  #checkFile(): void {
    this.#guard.detachIfOverwritten();
    this.#guard.check();
  }

  #transaction<Result>(work: () => Result): Promise<Result> {
    return perform(() => this.#runTransaction(work));
  }

  /** SQLite works while it is called, so a transaction is never open across turns of the event loop. */
  #runTransaction<Result>(work: () => Result): Result {
    this.#checkFile();
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

  #write(run: Run, batches: readonly ResultBatch[]): void {
    const newBatches = batches.filter(({ id }) => this.#statements.insertBatch.run(id).changes === 1);
    const runKey = this.#keys.run(run);
    const [keys, features, statusPairs] = [this.#keys, this.#features, this.#statusPairs];
    const sums = sumBatches(newBatches, { run, keys, features, statusPairs });
    this.#writeMinutes(runKey, sums);
    this.#runCounters.write(sums);
    this.#parameters.write(sums);
    this.#blocks.write(sums.blocks);
    // A full database still accepts counts, but no samples until retention has freed space.
    const { hasRoom } = this.#retention;
    for (const { samples, slow } of hasRoom ? newBatches : []) {
      for (const sample of samples) this.#samples.offer(runKey, this.#keys.endpoint(run, sample), sample);
      for (const exchange of slow) this.#slowExchanges.offer(this.#keys.endpoint(run, exchange), exchange);
    }
    for (const record of newBatches.flatMap(({ attributes }) => attributes))
      this.#attributes.offer(runKey, this.#keys.endpoint(run, record), record, hasRoom);
    const changes = this.#attributes.takeChanges(this.#attributeRows.nextVersion);
    if (changes !== undefined) this.#attributeRows.write(changes);
  }

  #writeMinutes(runKey: number, sums: BatchSums): void {
    const { addTally, addTallyTotal } = this.#statements;
    for (const { key, count } of sums.tallies.rows()) {
      const [minute, set] = key;
      addTally.run(runKey, minute, set, count);
      addTallyTotal.run(set, count);
    }
    this.#latencies.write(runKey, sums);
    this.#accounting.add(runKey, sums);
  }
}

/** @throws StoreError if SQLite fails */
async function perform<Result>(work: () => Result): Promise<Result> {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error);
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
  };
}
