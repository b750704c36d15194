import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { closeSession, openSession, type PostgresSession } from "../../../../src/store/postgres/connect/connection.ts";
import { encodeEntry } from "../../../../src/store/postgres/entry-payload.ts";
import { CommitMemory } from "../../../../src/store/postgres/write/commit-memory.ts";
import { openPostgresWriter } from "../../../../src/store/postgres/write/postgres-writer.ts";
import type { StoreWriter } from "../../../../src/store/store.ts";
import { startPostgres, type Postgres } from "../../../tools/start-postgres.ts";
import { batch, NOON, OPTIONS, outcome, received, RUN } from "../../store-fixture.ts";
import { postgresLocation } from "../postgres-session.ts";

const PATIENCE = { interval: 5 };
/** Many merges: each reads 2,000 at most. */
const BACKLOG = 20_000;

let server: Postgres;
let database: string;
let holder: PostgresSession;
let writer: StoreWriter;

beforeAll(async () => {
  server = await startPostgres();
});

beforeEach(async () => {
  database = await server.createDatabase();
  const location = postgresLocation(server.url(database));
  writer = await openPostgresWriter(location, {
    ...OPTIONS,
    replica: { id: "a", name: "host of a" },
    commits: new CommitMemory(),
    onCommitsLost: () => expect.unreachable("nothing is lost"),
    load: () => ({ received: 0, uncommitted: 0, rate: 0 }),
    onMergeLoss: () => expect.unreachable("nothing is lost"),
    onMergeFailure: () => undefined,
  });
  holder = await openSession(location, { applicationName: "holder", access: "write" });
});

afterEach(async () => {
  closeSession(holder);
  await writer.close();
});

afterAll(async () => {
  await server.remove();
});

async function left(): Promise<number> {
  return Number(await server.sql("SELECT count(*) FROM entry", database));
}

function waitingMerges(): Promise<string> {
  return server.sql(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shadowdiff host of a merge' AND wait_event_type = 'Lock'",
    database,
  );
}

function send(id: string): Promise<void> {
  return writer.commit(RUN.id, [batch(id, { accounting: [received(1)], outcomes: [outcome()] })]);
}

/** A merge waits until the holder lets go of a table. */
async function blockMerge(): Promise<void> {
  await holder.query("BEGIN");
  await holder.query("LOCK TABLE tally_total IN EXCLUSIVE MODE");
  await writer.beginRun(RUN);
  await send("a:0/1");
  await expect.poll(waitingMerges, PATIENCE).toBe("1");
}

describe("while a merge waits for the database", () => {
  it("appends go on when retention is due", async () => {
    await blockMerge();
    expect(await writer.applyRetention(NOON)).toBe(false);
    // At once, although the first one goes on.
    expect(await writer.applyRetention(NOON)).toBe(false);
    await send("a:0/2");
    expect(await waitingMerges()).toBe("1");
    await holder.query("ROLLBACK");
    await expect.poll(left, PATIENCE).toBe(0);
    expect(await server.sql("SELECT sum(count) FROM tally_total", database)).toBe("2");
  });

  it("the writer closes", async () => {
    await blockMerge();
    await writer.close();
    expect(await waitingMerges()).toBe("1");
  });
});

it("retention does not wait until a backlog is merged", async () => {
  await writer.beginRun(RUN);
  await holder.query("BEGIN");
  await holder.query("SELECT pg_advisory_xact_lock(1397048401, hashtext(current_schema()))");
  await holder.query(
    `INSERT INTO entry (run_key, replica_key, sequence, kind, payload)
     SELECT run.key, replica.key, sequence, 'interrupt', $1 FROM run, replica, generate_series(1000, 1000 + $2) AS sequence`,
    [encodeEntry({ kind: "interrupt", proxyThread: "a:0" }), BACKLOG],
  );
  await holder.query("COMMIT");
  await expect.poll(left, PATIENCE).toBeLessThan(BACKLOG);
  await writer.applyRetention(NOON);
  expect(await left()).toBeGreaterThan(0);
  await expect.poll(left, PATIENCE).toBe(0);
});
