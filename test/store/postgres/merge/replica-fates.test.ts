import { describe, expect, it } from "vitest";
import type { AccountingCount } from "../../../../src/model/accounting.ts";
import type { LogEntry } from "../../../../src/store/postgres/entry-payload.ts";
import { batch, MINUTE, received, RUN } from "../../store-fixture.ts";
import { createMerger, mergeAll, type MergeDatabase, mergeDatabase } from "./merge-database.ts";

const databaseOf = mergeDatabase();

/** Requests that have arrived and have no other fate yet. */
function arrived(thread: string, count: number, parts: Partial<AccountingCount> = {}): LogEntry {
  const accounting = [received(count, parts), received(count, { ...parts, fate: "inFlight" })];
  return { kind: "counts", batches: [batch(`${thread}/${Math.random()}`, { accounting })] };
}

/** Requests in flight that were mirrored. */
function finished(thread: string, count: number): LogEntry {
  const accounting = [received(-count, { fate: "inFlight" }), received(count, { fate: "mirrored" })];
  return { kind: "counts", batches: [batch(`${thread}/${Math.random()}`, { accounting })] };
}

async function fates(database: MergeDatabase, run: number): Promise<Record<string, number>> {
  const rows = await database.rows(
    "SELECT fate, sum(count) FROM accounting WHERE run_key = $1 GROUP BY fate HAVING sum(count) <> 0",
    [run],
  );
  return Object.fromEntries(rows) as Record<string, number>;
}

describe("requests in flight", () => {
  it("are those of all replicas, and go when they end", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const [one, other] = [await database.addReplica("a"), await database.addReplica("b")];
    const merger = createMerger();
    // Two threads of two replicas that happen to have the same name.
    await one.append(run, arrived("t", 3));
    await other.append(run, arrived("t", 5));
    await mergeAll(merger, database.session);
    expect(await fates(database, run)).toEqual({ received: 8, inFlight: 8 });
    await one.append(run, finished("t", 3));
    await mergeAll(createMerger(), database.session);
    await other.append(run, finished("t", 5));
    await mergeAll(merger, database.session);
    expect(await fates(database, run)).toEqual({ received: 8, mirrored: 8 });
    expect(await database.rows("SELECT count(*) FROM accounting WHERE fate = 'inFlight'")).toEqual([[0]]);
  });

  it("of a thread that has died are interrupted; those of others are not", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    await replica.append(
      run,
      arrived("t1", 3),
      arrived("t2", 4),
      { kind: "interrupt", proxyThread: "t1" },
      arrived("t1", 1),
    );
    await mergeAll(createMerger(), database.session);
    expect(await fates(database, run)).toEqual({ received: 8, inFlight: 5, interrupted: 3 });
    await replica.append(run, { kind: "interrupt", proxyThread: "t1" });
    await mergeAll(createMerger(), database.session);
    expect(await fates(database, run)).toEqual({ received: 8, inFlight: 4, interrupted: 4 });
  });

  it("belong to the run in which they end", async () => {
    const database = databaseOf();
    const first = await database.beginRun();
    const second = await database.beginRun({ ...RUN, id: "next" });
    const [one, other] = [await database.addReplica("a"), await database.addReplica("b")];
    const merger = createMerger();
    await one.append(first, arrived("t", 7), finished("t", 4));
    await other.append(first, arrived("t", 2, { candidate: "v3" }));
    await mergeAll(merger, database.session);
    // In one merge, with entries of both runs; the other replica follows later.
    await one.append(first, { kind: "carry-over", successorKey: second });
    await one.append(second, finished("t", 1));
    await mergeAll(merger, database.session);
    expect(await fates(database, first)).toEqual({ received: 6, mirrored: 4, inFlight: 2 });
    expect(await fates(database, second)).toEqual({ received: 3, mirrored: 1, inFlight: 2 });
    await other.append(first, { kind: "carry-over", successorKey: second });
    await mergeAll(createMerger(), database.session);
    expect(await fates(database, first)).toEqual({ received: 4, mirrored: 4 });
    expect(await fates(database, second)).toEqual({ received: 5, mirrored: 1, inFlight: 4 });
  });

  it("of a replica that ends are interrupted once all its entries are counted", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    await replica.append(run, arrived("t", 9), finished("t", 7));
    await replica.end();
    await mergeAll(createMerger(), database.session);
    expect(await fates(database, run)).toEqual({ received: 9, mirrored: 7, interrupted: 2 });
  });
});

describe("a replica without a heartbeat", () => {
  it("is lost with what it had in flight, also if it had nothing to commit any more", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const [killed, alive] = [await database.addReplica("a"), await database.addReplica("b")];
    const merger = createMerger();
    await killed.append(run, arrived("t", 3));
    await alive.append(run, arrived("t", 5));
    await mergeAll(merger, database.session);
    await killed.fallSilent();
    await mergeAll(merger, database.session);
    expect(await fates(database, run)).toEqual({ received: 8, inFlight: 5, interrupted: 3 });
    expect(await database.rows("SELECT id, lost_at IS NOT NULL FROM replica ORDER BY id")).toEqual([
      ["a", true],
      ["b", false],
    ]);
    // The next merger does not count them again.
    await mergeAll(createMerger(), database.session);
    expect(await fates(database, run)).toEqual({ received: 8, inFlight: 5, interrupted: 3 });
  });

  it("gets its requests back when it was only stalled", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    await replica.append(run, arrived("t", 3));
    await replica.fallSilent();
    await mergeAll(createMerger(), database.session);
    expect(await fates(database, run)).toEqual({ received: 3, interrupted: 3 });
    await replica.append(run, finished("t", 1));
    await mergeAll(createMerger(), database.session);
    expect(await fates(database, run)).toEqual({ received: 3, mirrored: 1, inFlight: 2 });
    await replica.append(run, finished("t", 2));
    await mergeAll(createMerger(), database.session);
    expect(await fates(database, run)).toEqual({ received: 3, mirrored: 3 });
  });

  it("follows a new run with them when it comes back", async () => {
    const database = databaseOf();
    const first = await database.beginRun();
    const second = await database.beginRun({ ...RUN, id: "next" });
    const replica = await database.addReplica("a");
    await replica.append(first, arrived("t", 3));
    await replica.fallSilent();
    await mergeAll(createMerger(), database.session);
    await replica.append(first, { kind: "carry-over", successorKey: second });
    await replica.append(second, finished("t", 1));
    await mergeAll(createMerger(), database.session);
    expect(await fates(database, first)).toEqual({});
    expect(await fates(database, second)).toEqual({ received: 3, mirrored: 1, inFlight: 2 });
  });

  it("that appends at this moment is not lost", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    await replica.append(run, arrived("t", 3));
    await replica.fallSilent();
    const appending = await database.openSession();
    await appending.query("BEGIN");
    await appending.query("UPDATE replica SET heartbeat_at = now() WHERE key = $1", [replica.key]);
    await mergeAll(createMerger(), database.session);
    await appending.query("COMMIT");
    expect(await fates(database, run)).toEqual({ received: 3, inFlight: 3 });
    expect(await database.rows("SELECT lost_at FROM replica")).toEqual([[null]]);
  });
});

it("requests that were counted in a file that is lost are forgotten", async () => {
  const database = databaseOf();
  const run = await database.beginRun();
  const replica = await database.addReplica("a");
  await replica.append(run, { kind: "forget", minute: MINUTE, requests: new Map([["v2", 11]]) });
  await mergeAll(createMerger(), database.session);
  expect(await fates(database, run)).toEqual({ forgotten: 11 });
});
