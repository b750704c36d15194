import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import Sqlite from "better-sqlite3";
import type { ResultBatch } from "../../../../src/model/batch.ts";
import { openSqlite, type WriterOptions } from "../../contract/engines.ts";
import { RUN } from "../../store-fixture.ts";
import { createMerger, mergeAll, type MergeDatabase, MergeServer } from "./merge-database.ts";
import { randomBatch, randomIntegers } from "./random-batches.ts";
import { storedCounts } from "./stored-counts.ts";

let server: MergeServer;
let database: MergeDatabase;

beforeAll(async () => {
  server = await MergeServer.start();
});
beforeEach(async () => {
  database = await server.createDatabase();
});
afterEach(() => {
  database.close();
});
afterAll(async () => {
  await server.remove();
});

function inPostgres() {
  return storedCounts(async (sql) => (await database.session.query<Record<string, unknown>>(sql)).rows);
}

/** What SQLite has counted of the same batches. */
async function inSqlite(batches: readonly ResultBatch[], options: Partial<WriterOptions> = {}) {
  const { path, writer } = await openSqlite(options);
  for (const each of batches) await writer.commit(RUN.id, [each]);
  const db = new Sqlite(path, { readonly: true });
  try {
    return await storedCounts((sql) => db.prepare<[], Record<string, unknown>>(sql).all());
  } finally {
    db.close();
  }
}

describe("a merge", () => {
  it("counts what SQLite counts of the same batches of three replicas, over many merges of two processes", async () => {
    const run = await database.beginRun();
    const replicas = [await database.addReplica("a"), await database.addReplica("b"), await database.addReplica("c")];
    const one = { merger: createMerger(), session: await database.openSession() };
    const other = { merger: createMerger(), session: await database.openSession() };
    const random = randomIntegers(7);
    const all: ResultBatch[] = [];
    for (let round = 0; round < 24; round += 1) {
      for (const [index, replica] of replicas.entries()) {
        const options = { endpoints: 4, slots: 40 * (round + 1) * (round + 1), exchanges: 12 };
        const batches = [0, 1].map((at) => randomBatch(`thread-${index}/${round}-${at}`, random, options));
        await replica.append(run, { kind: "counts", batches });
        all.push(...batches);
      }
      const { merger, session } = Math.floor(round / 3) % 2 === 0 ? one : other;
      await mergeAll(merger, session);
    }
    const [postgres, sqlite] = [await inPostgres(), await inSqlite(all)];
    expect(Object.entries(sqlite).filter(([, rows]) => rows.length === 0)).toEqual([]);
    expect(postgres).toEqual(sqlite);
  });
});
