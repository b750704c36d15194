import { describe, expect, it } from "vitest";
import type { ResultBatch } from "../../../../src/model/batch.ts";
import { encodeEntry, type LogEntry } from "../../../../src/store/postgres/entry-payload.ts";
import { batch, field, outcome, received, sample } from "../../store-fixture.ts";
import { failingSession } from "./failing-session.ts";
import { createMerger, mergeAll, type MergeDatabase, type Replica, mergeDatabase } from "./merge-database.ts";
import { inSqlite } from "./counts-in-sqlite.ts";
import { randomBatch, randomIntegers } from "./random-batches.ts";

const databaseOf = mergeDatabase();

const TRAFFIC = { endpoints: 3, slots: 4_000, exchanges: 6 };

async function appendSome(run: number, replicas: readonly Replica[], seed: number) {
  const random = randomIntegers(seed);
  const batches: ResultBatch[] = [];
  for (const [index, replica] of replicas.entries()) {
    const appended = randomBatch(`t${index}/${seed}`, random, TRAFFIC);
    await replica.append(run, { kind: "counts", batches: [appended] });
    batches.push(appended);
  }
  return batches;
}

function seen(database: MergeDatabase): Promise<unknown[][]> {
  return database.rows(
    `SELECT version, (SELECT count(*) FROM entry) AS a, (SELECT sum(count) FROM tally) AS b, (SELECT sum(count) FROM tally_total) AS c,
       (SELECT sum(count) FROM accounting) AS d, (SELECT sum(count) FROM relation) AS e, (SELECT count(*) FROM sample) AS f,
       (SELECT sum(length(blocks)) FROM recent_blocks) AS g, (SELECT count(*) FROM endpoint) AS h FROM merge_state`,
  );
}

describe("a merge that fails", () => {
  it("has no effect, whichever statement it was, and the next one counts everything once", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replicas = [await database.addReplica("a"), await database.addReplica("b")];
    const merger = createMerger();
    const all = await appendSome(run, replicas, 1);
    await mergeAll(merger, database.session);
    all.push(...(await appendSome(run, replicas, 2)));
    const before = await seen(database);
    const after: unknown[] = [];
    let statement = 0;
    for (let isMerged = false; !isMerged; statement += 1) {
      const session = await database.openSession();
      const failing = failingSession(session, database.session, { type: "killed", statement });
      // One merger that has failed before, and one that knows nothing.
      const own = statement % 2 === 0 ? merger : createMerger();
      isMerged = await own.mergeOnce(failing.session).then(
        () => true,
        () => false,
      );
      if (!isMerged) after.push(await seen(database));
    }
    expect(after).toEqual(after.map(() => before));
    expect(statement).toBeGreaterThan(20);
    expect(await database.rows("SELECT count(*) FROM entry")).toEqual([[0]]);
    expect(await database.counts()).toEqual(await inSqlite(all));
  });

  it("after its COMMIT has taken effect counts nothing twice", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    const merger = createMerger();
    await replica.append(run, counts("t/1", { outcomes: [outcome({ count: 5 })], accounting: [received(5)] }));
    const { session } = failingSession(await database.openSession(), database.session, { type: "answer-lost" });
    await expect(merger.mergeOnce(session)).rejects.toThrow("the connection to the database was lost");
    await replica.append(run, counts("t/2", { outcomes: [outcome({ count: 7 })], accounting: [received(7)] }));
    await mergeAll(merger, database.session);
    expect(await database.rows("SELECT count FROM tally_total")).toEqual([[12]]);
    expect(await database.rows("SELECT count FROM accounting")).toEqual([[12]]);
  });

  it("is found out after a failover that has lost it, even if another one with its number took its place", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    const [survivor, other] = [createMerger(), createMerger()];
    await replica.append(run, counts("t/1", { outcomes: [outcome()] }));
    await mergeAll(survivor, database.session);
    // What a standby without the last merge has: its number is given again, to a merge with another endpoint under the same key.
    await database.session.query(
      `UPDATE merge_state SET version = 0; DELETE FROM tally_total; DELETE FROM tally; DELETE FROM outcome_set; DELETE FROM endpoint;
       DELETE FROM recent_blocks`,
    );
    await replica.append(run, counts("t/2", { outcomes: [outcome({ endpoint: "GET /new" })] }));
    await mergeAll(other, database.session);
    await replica.append(run, counts("t/1", { outcomes: [outcome()] }));
    await mergeAll(survivor, database.session);
    expect(await database.rows("SELECT name FROM endpoint ORDER BY key")).toEqual([["GET /new"], ["GET /users/{id}"]]);
    expect(await database.rows("SELECT count FROM tally_total")).toEqual([[1], [1]]);
  });
});

describe("an entry that cannot be counted", () => {
  it("is deleted alone, and its exchanges are reported as lost", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replicas = [await database.addReplica("a"), await database.addReplica("b")];
    for (const [index, replica] of replicas.entries())
      for (const at of [1, 2, 3])
        await replica.append(run, counts(`t${index}/${at}`, { outcomes: [outcome({ count: at })] }));
    // No day has this number.
    const broken = [outcome({ slot: Number.MAX_SAFE_INTEGER, count: 4 })];
    await replicas[0]?.append(run, counts("t0/4", { outcomes: broken }));
    await replicas[1]?.append(run, counts("t1/4", { outcomes: [outcome({ count: 10 })] }));
    const merger = createMerger();
    let [lost, merged] = [0, 0];
    for (let entriesLeft = true; entriesLeft;) {
      const result = await merger.mergeOnce(database.session);
      if (result === "busy") throw new Error("Another process merges.");
      lost += result.lostExchanges;
      merged += result.merged;
      ({ entriesLeft } = result);
    }
    expect({ lost, merged }).toEqual({ lost: 4, merged: 7 });
    expect(await database.rows("SELECT sum(count) FROM tally_total")).toEqual([[22]]);
  });

  it("of a run that is gone is deleted too", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    await replica.append(run + 1, counts("t/1", { outcomes: [outcome({ count: 3 })] }));
    await replica.append(run, counts("t/2", { outcomes: [outcome()] }));
    await mergeAll(createMerger(), database.session);
    expect(await database.rows("SELECT run_key, count FROM tally_total")).toEqual([[run, 1]]);
  });

  it("but is of a newer version stays until a replica of that version merges", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    const payload = encodeEntry(counts("t/1", { outcomes: [outcome()] }));
    payload[0] = 9;
    await replica.appendPayload(run, "counts", payload);
    await expect(createMerger().mergeOnce(database.session)).rejects.toThrow(
      "only a newer version of shadowdiff can read",
    );
    expect(await database.rows("SELECT count(*) FROM entry")).toEqual([[1]]);
    const other = await database.addReplica("b");
    await other.append(run, counts("u/1", { outcomes: [outcome({ count: 5 })] }));
    await replica.append(run, counts("t/2", { outcomes: [outcome({ count: 7 })] }));
    const result = await createMerger().mergeOnce(database.session);
    expect(result).toEqual({ merged: 1, entriesLeft: false, lostExchanges: 0 });
    expect(await database.rows("SELECT count FROM tally_total")).toEqual([[5]]);
    expect(await database.rows("SELECT count(*) FROM entry")).toEqual([[2]]);
  });

  it("but is damaged is deleted and counts as lost, and the others are counted", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    const payload = encodeEntry(counts("t/1", { outcomes: [outcome()] }));
    payload.fill(0, 8);
    await replica.appendPayload(run, "counts", payload);
    await replica.append(run, counts("t/2", { outcomes: [outcome({ count: 7 })] }));
    const result = await createMerger().mergeOnce(database.session);
    expect(result).toEqual({ merged: 2, entriesLeft: false, lostExchanges: 1 });
    expect(await database.rows("SELECT count FROM tally_total")).toEqual([[7]]);
    expect(await database.rows("SELECT count(*) FROM entry")).toEqual([[0]]);
  });
});

it("no samples are taken while the database is larger than its limit, but everything is counted", async () => {
  const database = databaseOf();
  const run = await database.beginRun();
  const replica = await database.addReplica("a");
  const retention = { maxAgeMs: 1e12, maxBytes: 1_000 };
  const fields = [field("$.total")];
  await replica.append(run, counts("t/1", { outcomes: [outcome({ fields })], samples: [sample("s")] }));
  await mergeAll(createMerger({ retention }), database.session);
  expect(await database.rows("SELECT count FROM tally_total")).toEqual([[1]]);
  expect(await database.rows("SELECT count(*) FROM sample")).toEqual([[0]]);
});

function counts(id: string, parts: Partial<ResultBatch>): LogEntry {
  return { kind: "counts", batches: [batch(id, parts)] };
}
