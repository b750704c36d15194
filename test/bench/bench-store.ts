import { statSync } from "node:fs";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { Run } from "../../src/model/run.ts";
import { closeSession, openSession, type PostgresSession } from "../../src/store/postgres/connect/connection.ts";
import { inTransaction } from "../../src/store/postgres/connect/transaction.ts";
import { Merger } from "../../src/store/postgres/merge/merger.ts";
import { migratePostgres } from "../../src/store/postgres/migrate-postgres.ts";
import { openPostgresReader } from "../../src/store/postgres/read/postgres-reader.ts";
import { appendBatches, type ReplicaRun } from "../../src/store/postgres/write/append.ts";
import { joinRun } from "../../src/store/postgres/write/run-transactions.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreWriterOptions } from "../../src/store/store-writer-options.ts";
import type { StoreReader } from "../../src/store/store.ts";
import { postgresLocation, withSession } from "../store/postgres/postgres-session.ts";
import type { Postgres } from "../tools/start-postgres.ts";

export const STORE_OPTIONS: StoreWriterOptions = {
  maxEndpoints: 500,
  maxSegmentValues: 100,
  maxDifferenceSets: 200,
  samplesPerDifference: 10,
  retention: { maxAgeMs: 14 * 24 * 3_600_000, maxBytes: Infinity },
};

/** A database of either engine that is filled and then read. */
export interface BenchStore {
  readonly engine: "SQLite" | "PostgreSQL";
  /** Resolves when reports have the counts. */
  count(batch: ResultBatch): Promise<void>;
  openReader(): Promise<StoreReader>;
  /** Size of the database. */
  bytes(): Promise<number>;
  close(): Promise<void>;
}

export async function openSqliteBench(path: string, run: Run): Promise<BenchStore> {
  const writer = openSqliteWriter(path, STORE_OPTIONS);
  await writer.beginRun(run);
  return {
    engine: "SQLite",
    count: (batch) => writer.commit(run.id, [batch]),
    openReader: async () => openSqliteReader(path),
    bytes: async () => statSync(path).size,
    close: () => writer.close(),
  };
}

/** @returns the URL of a new database with the tables of the store */
export async function createStore(server: Postgres): Promise<{ readonly url: string; readonly database: string }> {
  const database = await server.createDatabase();
  const url = server.url(database);
  await withSession(url, (session) => migratePostgres(session, undefined));
  return { url, database };
}

export function openBenchSession(url: string, name: string): Promise<PostgresSession> {
  return openSession(postgresLocation(url), { applicationName: name, access: "write" });
}

export function createMerger(): Merger {
  return new Merger({ ...STORE_OPTIONS, replicaKey: null });
}

/** Several replicas whose batches are counted in turns. */
export async function openPostgresBench(server: Postgres, run: Run, replicas: number): Promise<BenchStore> {
  const { url, database } = await createStore(server);
  const session = await openBenchSession(url, "replicas");
  const joined: ReplicaRun[] = [];
  for (let index = 0; index < replicas; index += 1) {
    const identity = { id: `replica-${index}`, name: `replica-${index}` };
    joined.push(await inTransaction(session, () => joinRun(session, identity, run)));
  }
  const merger = createMerger();
  let turn = 0;
  return {
    engine: "PostgreSQL",
    async count(batch) {
      const replica = joined[turn++ % replicas];
      if (replica === undefined) throw new RangeError("a store needs a replica");
      await inTransaction(session, () => appendBatches(session, replica, [batch]));
      const result = await merger.mergeOnce(session);
      if (result === "busy" || result.entriesLeft) throw new Error("another process merges");
    },
    openReader: () => openPostgresReader(postgresLocation(url), { applicationName: "report" }),
    bytes: async () => Number(await server.sql("SELECT pg_database_size(current_database())", database)),
    async close() {
      closeSession(session);
    },
  };
}
