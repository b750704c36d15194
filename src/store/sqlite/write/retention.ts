import type { RetentionLimits } from "../../store-writer-options.ts";
import type { Database, Statement } from "better-sqlite3";
import { SLOTS_PER_MINUTE } from "../../../lib/time-slots.ts";
import { createAttributeDeletion } from "./attribute-rows.ts";
import { createBlockDeletion } from "./block-rows.ts";
import { LatencyHistogramWriter } from "./latency-histogram-writer.ts";

/**
 * Rows are kept this much longer than configured, so that a clock adjustment of up to an hour never deletes a row too early. A
 * clock that is set back only keeps rows longer.
 */
const CLOCK_SLACK_MS = 60 * 60 * 1000;
const MINUTE_MS = 60_000;
/**
 * Number of batch ids that are remembered to detect a second delivery. A sender has at most 512 unacknowledged batches, so
 * this covers hundreds of senders. A number, unlike an age, depends neither on the clock nor on how long the database was
 * unavailable.
 */
const REMEMBERED_BATCHES = 100_000;
/** Maximum number of transactions per call, so that other commits can run in between. */
const MAX_STEPS = 50;
const SAMPLES_PER_STEP = 10;
const SLOW_EXCHANGES_PER_STEP = 1_000;
const PAGES_PER_STEP = 2_000;

interface Minute {
  readonly runKey: number;
  readonly minute: number;
}

/**
 * Keeps the database within its age and size limits. A minute is deleted from all counters at once, so that the remaining
 * accounting adds up, and with it the blocks that begin before its end, so that those that remain are complete. Counts per run (relations, statuses, rule hits) are deleted together with their endpoint.
 */
export class Retention {
  readonly #db: Database;
  readonly #limits: RetentionLimits;
  readonly #latencies: LatencyHistogramWriter;
  readonly #attributes: ReturnType<typeof createAttributeDeletion>;
  readonly #deleteBlocks: (runKey: number, slot: number) => void;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Database, limits: RetentionLimits) {
    this.#db = db;
    this.#limits = limits;
    this.#latencies = new LatencyHistogramWriter(db);
    this.#attributes = createAttributeDeletion(db);
    this.#deleteBlocks = createBlockDeletion(db);
    this.#statements = prepareStatements(db);
  }

  /** Whether the database is within its size limit. */
  get hasRoom(): boolean {
    return this.#usedBytes() <= this.#limits.maxBytes;
  }

  /**
   * @param activeRuns ids of runs that are kept even if they are empty
   * @returns whether there is more to delete: each call does a bounded amount of work
   */
  apply(nowMs: number, activeRuns: readonly string[]): boolean {
    const before = nowMs - this.#limits.maxAgeMs - CLOCK_SLACK_MS;
    this.#statements.deleteBatchIds.run(REMEMBERED_BATCHES);
    let steps = 0;
    while (steps < MAX_STEPS && (this.#deleteByAge(before) || this.#deleteBySize())) steps += 1;
    this.#inTransaction(() => this.#deleteOldRuns(before, activeRuns));
    return this.#shrink() || steps === MAX_STEPS;
  }

  #deleteByAge(beforeMs: number): boolean {
    if (this.#deleteSamples(beforeMs)) return true;
    const oldest = this.#oldestMinute();
    if (oldest === undefined || oldest.minute >= Math.floor(beforeMs / MINUTE_MS)) return false;
    this.#inTransaction(() => this.#deleteMinute(oldest));
    return true;
  }

  #deleteBySize(): boolean {
    if (this.hasRoom) return false;
    if (this.#deleteSamples(Number.MAX_SAFE_INTEGER)) return true;
    if (this.#inTransaction(() => this.#attributes.ofOldestEndpoint())) return true;
    const oldest = this.#oldestMinute();
    if (oldest === undefined) return false;
    this.#inTransaction(() => this.#deleteMinute(oldest));
    return true;
  }

  #deleteSamples(beforeMs: number): boolean {
    const { deleteSamples, deleteSlowExchanges } = this.#statements;
    if (deleteSamples.run(beforeMs, SAMPLES_PER_STEP).changes > 0) return true;
    return deleteSlowExchanges.run(beforeMs, SLOW_EXCHANGES_PER_STEP).changes > 0;
  }

  /** Reads only the first row of each run in each table, because they are sorted by minute. */
  #oldestMinute(): Minute | undefined {
    return this.#statements.oldestMinute.get();
  }

  #deleteMinute(at: Minute): void {
    this.#latencies.deleteMinute(at);
    this.#deleteBlocks(at.runKey, (at.minute + 1) * SLOTS_PER_MINUTE);
    this.#attributes.ofMinute(at.runKey, at.minute * MINUTE_MS, (at.minute + 1) * MINUTE_MS);
    for (const statement of this.#statements.deleteMinute) statement.run(at);
  }

  /** And what happened in them. */
  #deleteOldRuns(beforeMs: number, activeRuns: readonly string[]): void {
    for (const statement of this.#statements.deleteEvents) statement.run(beforeMs);
    for (const key of this.#statements.emptyRuns.all(beforeMs, JSON.stringify(activeRuns))) {
      for (const statement of this.#statements.deleteRun) statement.run(key);
    }
  }

  #usedBytes(): number {
    return (this.#pragma("page_count") - this.#pragma("freelist_count")) * this.#pragma("page_size");
  }

  /**
   * Returns free pages to the file system.
   * @returns whether more free pages remain
   */
  #shrink(): boolean {
    const free = this.#pragma("freelist_count");
    if (free === 0) return false;
    this.#db.exec(`PRAGMA incremental_vacuum(${PAGES_PER_STEP})`);
    // The checkpoint truncates the database file.
    this.#db.pragma("wal_checkpoint(TRUNCATE)");
    const remaining = this.#pragma("freelist_count");
    return remaining > 0 && remaining < free;
  }

  #pragma(name: string): number {
    return this.#db.pragma(name, { simple: true }) as number;
  }

  #inTransaction<Result>(work: () => Result): Result {
    return this.#db.transaction(work).immediate();
  }
}

const NO_COUNTERS = ["tally", "latency", "accounting"]
  .map((table) => `NOT EXISTS (SELECT 1 FROM ${table} WHERE run_key = run.key)`)
  .join(" AND ");

function prepareStatements(db: Database) {
  const ofMinute = "run_key = @runKey AND minute = @minute";
  const firstMinutes = ["tally", "latency", "accounting"].map(
    (table) => `SELECT key AS runKey, (SELECT min(minute) FROM ${table} WHERE run_key = run.key) AS minute FROM run`,
  );
  return {
    deleteBatchIds: db.prepare<[number]>("DELETE FROM batch WHERE sequence <= (SELECT max(sequence) FROM batch) - ?"),
    deleteSamples: db.prepare<[number, number]>(
      "DELETE FROM sample WHERE key IN (SELECT key FROM sample WHERE at < ? ORDER BY at LIMIT ?)",
    ),
    deleteSlowExchanges: db.prepare<[number, number]>(
      "DELETE FROM slow_exchange WHERE key IN (SELECT key FROM slow_exchange WHERE at < ? ORDER BY at LIMIT ?)",
    ),
    oldestMinute: db.prepare<[], Minute>(
      `SELECT runKey, minute FROM (${firstMinutes.join(" UNION ALL ")})
       WHERE minute IS NOT NULL ORDER BY minute, runKey LIMIT 1`,
    ),
    deleteMinute: [
      `UPDATE tally_total SET count = tally_total.count - deleted.count
       FROM (SELECT set_key, count FROM tally WHERE ${ofMinute}) AS deleted WHERE deleted.set_key = tally_total.set_key`,
      `DELETE FROM tally_total WHERE count = 0 AND set_key IN (SELECT set_key FROM tally WHERE ${ofMinute})`,
      `DELETE FROM outcome_set WHERE key IN (SELECT set_key FROM tally WHERE ${ofMinute})
       AND key NOT IN (SELECT set_key FROM tally_total)`,
      `DELETE FROM tally WHERE ${ofMinute}`,
      `DELETE FROM accounting WHERE ${ofMinute}`,
      `DELETE FROM endpoint WHERE run_key = @runKey
       AND NOT EXISTS (SELECT 1 FROM outcome_set WHERE endpoint_key = endpoint.key)
       AND NOT EXISTS (SELECT 1 FROM latency_total WHERE endpoint_key = endpoint.key)
       AND NOT EXISTS (SELECT 1 FROM recent_blocks WHERE endpoint_key = endpoint.key)
       AND NOT EXISTS (SELECT 1 FROM sample WHERE endpoint_key = endpoint.key)`,
    ].map((sql) => db.prepare<[Minute]>(sql)),
    emptyRuns: db
      .prepare(
        `SELECT key FROM run WHERE started_at < ? AND id NOT IN (SELECT value FROM json_each(?)) AND ${NO_COUNTERS}
         AND NOT EXISTS (SELECT 1 FROM sample WHERE run_key = run.key)`,
      )
      .pluck() as Statement<[number, string], number>,
    deleteEvents: ["DELETE FROM mark WHERE at < ?", "DELETE FROM isolation WHERE started_at < ?"].map((sql) =>
      db.prepare<[number]>(sql),
    ),
    deleteRun: ["DELETE FROM endpoint WHERE run_key = ?", "DELETE FROM run WHERE key = ?"].map((sql) =>
      db.prepare<[number]>(sql),
    ),
  };
}
