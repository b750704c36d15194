import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Review } from "../../../../src/model/review.ts";
import type { Run } from "../../../../src/model/run.ts";
import { closeSession, openSession, type PostgresSession } from "../../../../src/store/postgres/connect/connection.ts";
import { decodeEntry } from "../../../../src/store/postgres/entry-payload.ts";
import { migratePostgres } from "../../../../src/store/postgres/migrate-postgres.ts";
import { CommitMemory } from "../../../../src/store/postgres/write/commit-memory.ts";
import { openPostgresWriter } from "../../../../src/store/postgres/write/postgres-writer.ts";
import type { PostgresWriterOptions } from "../../../../src/store/postgres/write/postgres-writer-options.ts";
import { StoreDataError, StoreError } from "../../../../src/store/store-errors.ts";
import type { StoreWriter } from "../../../../src/store/store.ts";
import { startPostgres, type Postgres } from "../../../tools/start-postgres.ts";
import { batch, field, leg, MINUTE, NOON, OPTIONS, outcome, received, RUN, sample } from "../../store-fixture.ts";
import { CuttingProxy } from "../cutting-proxy.ts";
import { postgresLocation, withSession } from "../postgres-session.ts";

let server: Postgres;
let template: string;
let database: string;
/** Holds the lock under which logs are merged: they stay as they are. */
let holder: PostgresSession;
const opened: StoreWriter[] = [];

beforeAll(async () => {
  server = await startPostgres();
  template = await server.createDatabase();
  await withSession(server.url(template), (session) => migratePostgres(session, undefined));
});

beforeEach(async () => {
  database = await server.createDatabase(template);
  holder = await openSession(postgresLocation(server.url(database)), { applicationName: "holder", access: "write" });
  await holder.query("SELECT pg_advisory_lock(1397048401, hashtext(current_schema()))");
});

afterEach(async () => {
  closeSession(holder);
  for (const writer of opened.splice(0)) await writer.close();
});

afterAll(async () => {
  await server.remove();
});

const SUCCESSOR: Run = { ...RUN, id: "2026-11-20T11-00-00-cd34", name: "next", startedAt: NOON + 3_600_000 };

function optionsOf(replica: string): PostgresWriterOptions {
  return {
    ...OPTIONS,
    replica: { id: replica, name: `host of ${replica}` },
    commits: new CommitMemory(),
    onCommitsLost: () => expect.unreachable("nothing is lost"),
    load: () => ({ received: 7, uncommitted: 3, rate: 2.5 }),
    onMergeLoss: () => expect.unreachable("nothing is lost"),
    onMergeFailure: () => undefined,
  };
}

async function open(replica = "a", url = server.url(database)): Promise<StoreWriter> {
  const writer = await openPostgresWriter(postgresLocation(url), optionsOf(replica));
  opened.push(writer);
  return writer;
}

async function openIn(run: Run, replica = "a", url?: string): Promise<StoreWriter> {
  const writer = await open(replica, url);
  await writer.beginRun(run);
  return writer;
}

interface Entry {
  readonly run: string;
  readonly replica: string;
  readonly sequence: number;
  readonly kind: string;
  readonly batches: readonly string[];
}

async function log(): Promise<readonly Entry[]> {
  const { rows } = await withSession(server.url(database), (session) =>
    session.query<{ run: string; replica: string; sequence: number; payload: Buffer }>(
      `SELECT run.id AS run, replica.id AS replica, sequence, payload FROM entry
       JOIN run ON run.key = entry.run_key JOIN replica ON replica.key = replica_key ORDER BY replica, sequence`,
    ),
  );
  return rows.map(({ payload, ...row }) => {
    const entry = decodeEntry(payload);
    return { ...row, kind: entry.kind, batches: entry.kind === "counts" ? entry.batches.map(({ id }) => id) : [] };
  });
}

function sql(statements: string): Promise<string> {
  return server.sql(statements, database);
}

const ONE = [received(1)];

describe("the log of a replica", () => {
  it("has each batch once, however often it is delivered", async () => {
    const writer = await openIn(RUN);
    await writer.commit(RUN.id, [batch("a:0/1", { accounting: ONE }), batch("a:0/2", { accounting: ONE })]);
    await writer.commit(RUN.id, [batch("a:0/2", { accounting: ONE }), batch("a:0/3", { accounting: ONE })]);
    await writer.commit(RUN.id, [batch("a:0/1", { accounting: ONE }), batch("a:0/3", { accounting: ONE })]);
    expect(await log()).toEqual([
      { run: RUN.id, replica: "a", sequence: 1, kind: "counts", batches: ["a:0/1", "a:0/2"] },
      { run: RUN.id, replica: "a", sequence: 2, kind: "counts", batches: ["a:0/3"] },
    ]);
  });

  it("has a batch once when the answer to its COMMIT was lost", async () => {
    const proxy = await CuttingProxy.start(server.port);
    try {
      const url = server.url(database, { sslmode: "disable" }).replace(String(server.port), String(proxy.port));
      const first = await openIn(RUN, "a", url);
      const batches = [batch("a:0/1", { accounting: ONE })];
      proxy.cutAtCommit();
      await expect(first.commit(RUN.id, batches)).rejects.toBeInstanceOf(StoreError);
      expect(proxy.hasCut).toBe(true);
      const second = await openIn(RUN, "a", url);
      await second.commit(RUN.id, [...batches, batch("a:0/2", { accounting: ONE })]);
      expect((await log()).map(({ batches }) => batches)).toEqual([["a:0/1"], ["a:0/2"]]);
    } finally {
      proxy.close();
    }
  });

  it("waits for an earlier transaction of the same replica that has not ended, and then knows its batches", async () => {
    const writer = await openIn(RUN);
    // A session of the same replica, whose COMMIT is still on its way.
    const earlier = await openSession(postgresLocation(server.url(database)), {
      applicationName: "x",
      access: "write",
    });
    await earlier.query("BEGIN; UPDATE replica SET last_sequence = last_sequence + 1 WHERE id = 'a'");
    await earlier.query("INSERT INTO batch SELECT key, 'a:0/1', last_sequence FROM replica");
    let isDone = false;
    const commit = writer.commit(RUN.id, [batch("a:0/1"), batch("a:0/2")]).then(() => (isDone = true));
    await expect.poll(() => sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).toBe("1");
    expect(isDone).toBe(false);
    await earlier.query("COMMIT");
    closeSession(earlier);
    await commit;
    expect((await log()).map(({ batches }) => batches)).toEqual([["a:0/2"]]);
  });

  it("loses only the batch that cannot be stored", async () => {
    const writer = await openIn(RUN);
    const bad = batch("a:0/2", { accounting: [received(0.5)] });
    await expect(writer.commit(RUN.id, [batch("a:0/1"), bad])).rejects.toBeInstanceOf(StoreDataError);
    await writer.commit(RUN.id, [batch("a:0/1")]);
    await expect(writer.commit(RUN.id, [bad])).rejects.toBeInstanceOf(StoreDataError);
    await writer.commit(RUN.id, [batch("a:0/3")]);
    expect((await log()).map(({ batches }) => batches)).toEqual([["a:0/1"], ["a:0/3"]]);
  });

  it("splits many bytes into several entries, which are committed together", async () => {
    const writer = await openIn(RUN);
    const content = new Uint8Array(3 * 1024 * 1024);
    const legs = { primary: leg("v1", content), candidate: leg("v2", content), secondary: null };
    const batches = ["1", "2", "3"].map((id) => batch(`a:0/${id}`, { samples: [sample(id, { legs })] }));
    await writer.commit(RUN.id, [...batches, batch("a:0/4"), batch("a:0/5")]);
    expect((await log()).map(({ sequence, batches }) => [sequence, ...batches])).toEqual([
      [1, "a:0/1"],
      [2, "a:0/2"],
      [3, "a:0/3", "a:0/4", "a:0/5"],
    ]);
  });

  it("forgets old batch ids", async () => {
    const writer = await openIn(RUN);
    await sql("UPDATE replica SET last_sequence = 999; INSERT INTO batch SELECT key, 'old', 1 FROM replica");
    await writer.commit(RUN.id, [batch("a:0/1")]);
    expect(await sql("SELECT id FROM batch ORDER BY id")).toBe("a:0/1\nold");
    await sql("UPDATE replica SET last_sequence = 20998");
    await writer.commit(RUN.id, [batch("a:0/2")]);
    expect(await sql("SELECT id FROM batch ORDER BY id")).toBe("a:0/1\na:0/2");
  });

  it("has heartbeats once a second, which say how much is not committed", async () => {
    const writer = await openIn(RUN);
    await sql("UPDATE replica SET heartbeat_at = now() - interval '1 minute', lost_at = now()");
    await writer.verify();
    const beat =
      "SELECT received, uncommitted, rate, lost_at, now() - heartbeat_at < interval '10 seconds' FROM replica";
    expect(await sql(beat)).toBe("7|3|2.5||t");
    await sql("UPDATE replica SET received = 0");
    await writer.verify();
    expect(await sql("SELECT received FROM replica")).toBe("0");
  });

  it("ends with the database that it was opened with", async () => {
    const writer = await openIn(RUN);
    await sql("DELETE FROM replica");
    await expect(writer.commit(RUN.id, [batch("a:0/1")])).rejects.toThrow("does not know this replica any more");
    const again = await openIn(RUN);
    await again.commit(RUN.id, [batch("a:0/1")]);
    expect((await log()).map(({ batches }) => batches)).toEqual([["a:0/1"]]);
  });
});

describe("a run of several replicas", () => {
  const OTHER: Run = { ...RUN, id: "2026-11-20T10-00-05-ee99", name: "other" };

  it("is joined by a replica that starts while another one is live, and ends with the last one", async () => {
    const a = await open("a");
    expect(await a.beginRun(RUN)).toEqual(RUN);
    const b = await open("b");
    expect(await b.beginRun(OTHER)).toEqual(RUN);
    await b.commit(RUN.id, [batch("b:0/1")]);
    await holder.query("SELECT pg_advisory_unlock_all()");
    await a.endRun(RUN.id, NOON + 1000, null);
    expect(await sql("SELECT ended_at FROM run")).toBe("");
    await b.endRun(RUN.id, NOON + 2000, null);
    expect(await sql("SELECT ended_at FROM run")).toBe(String(NOON + 2000));
    expect(await sql("SELECT count(*) FROM replica WHERE ended_at IS NULL")).toBe("0");
    const c = await open("c");
    expect(await c.beginRun(OTHER)).toEqual(OTHER);
  });

  it("is not joined when no replica in it is live", async () => {
    await openIn(RUN, "a");
    await sql("UPDATE replica SET heartbeat_at = now() - interval '11 seconds'");
    const b = await open("b");
    expect(await b.beginRun(OTHER)).toEqual(OTHER);
    // The first one was only stalled: it follows, and takes its requests in flight along.
    const a = await open("a");
    expect(await a.beginRun(RUN)).toEqual(OTHER);
    expect(await log()).toEqual([{ run: RUN.id, replica: "a", sequence: 1, kind: "carry-over", batches: [] }]);
    expect(await sql("SELECT count(*) FROM replica WHERE lost_at IS NOT NULL")).toBe("0");
  });

  it("goes on when its only replica opens the database again, also after a long outage", async () => {
    await openIn(RUN, "a");
    await sql("UPDATE replica SET heartbeat_at = now() - interval '1 hour'");
    const again = await open("a");
    expect(await again.beginRun(RUN)).toEqual(RUN);
    await again.endAbandonedRuns(NOON);
    expect(await sql("SELECT count(*) FROM run WHERE ended_at IS NULL")).toBe("1");
  });

  it("ends when its replicas are gone and their logs are merged", async () => {
    const a = await openIn(RUN, "a");
    await a.commit(RUN.id, [batch("a:0/1", { accounting: ONE })]);
    await sql("UPDATE replica SET heartbeat_at = now() - interval '11 seconds'");
    const b = await openIn(OTHER, "b");
    await b.endAbandonedRuns(NOON + 3_600_000);
    expect(await sql(`SELECT ended_at FROM run WHERE id = '${RUN.id}'`)).toBe("");
    await holder.query("SELECT pg_advisory_unlock_all()");
    await expect.poll(() => sql("SELECT count(*) FROM entry")).toBe("0");
    await b.endAbandonedRuns(NOON + 3_600_000);
    expect(await sql(`SELECT ended_at FROM run WHERE id = '${RUN.id}'`)).toBe(String((MINUTE + 1) * 60_000));
  });

  it("is followed by its successor on every replica, each of which takes its requests in flight along", async () => {
    const a = await openIn(RUN, "a");
    const b = await openIn(OTHER, "b");
    await a.endRun(RUN.id, NOON + 5000, SUCCESSOR);
    await a.commit(SUCCESSOR.id, [batch("a:0/2")]);
    // This replica has not heard of it.
    await b.commit(RUN.id, [batch("b:0/1")]);
    await b.endRun(RUN.id, NOON + 6000, SUCCESSOR);
    await b.commit(SUCCESSOR.id, [batch("b:0/2")]);
    expect((await log()).map(({ run, replica, kind, batches }) => [replica, run, kind, ...batches])).toEqual([
      ["a", RUN.id, "carry-over"],
      ["a", SUCCESSOR.id, "counts", "a:0/2"],
      ["b", RUN.id, "counts", "b:0/1"],
      ["b", RUN.id, "carry-over"],
      ["b", SUCCESSOR.id, "counts", "b:0/2"],
    ]);
    expect(await sql("SELECT id, ended_at FROM run ORDER BY key")).toBe(`${RUN.id}|${NOON + 5000}\n${SUCCESSOR.id}|`);
    expect(await sql("SELECT DISTINCT run.id FROM replica JOIN run ON run.key = run_key")).toBe(SUCCESSOR.id);
  });

  it("cannot be ended for another successor than the one that has begun", async () => {
    const a = await openIn(RUN, "a");
    const b = await openIn(OTHER, "b");
    await a.endRun(RUN.id, NOON + 5000, SUCCESSOR);
    await expect(b.endRun(RUN.id, NOON + 5000, OTHER)).rejects.toMatchObject({ code: "RUN_CHANGED" });
    await b.commit(RUN.id, [batch("b:0/1")]);
    expect(await sql("SELECT count(*) FROM run")).toBe("2");
  });

  it("is updated after a reload", async () => {
    const a = await openIn(RUN, "a");
    await a.updateRun({ ...RUN, primary: "v1\0b", candidates: ["v9"], gate: { ...RUN.gate, parity: 0.5 } });
    expect(await sql("SELECT candidates, gate::json ->> 'parity', primary_subset FROM run")).toBe(
      '["v9"]|0.5|v1\x1A0000b',
    );
  });
});

describe("edits", () => {
  const audit = { at: NOON, by: "ann", what: "did \0" };
  const rule = {
    id: "r1",
    source: "dashboard",
    endpoint: "GET /a",
    section: "body",
    path: "$.x",
    action: { type: "ignore" },
    owner: "team",
    reason: "why",
    createdBy: "ann",
    createdAt: NOON,
    expiresAt: null,
  } as const;
  const review: Review = {
    signature: "s1",
    decision: "accepted",
    endpoints: ["GET /a"],
    title: "t",
    fields: [{ section: "body", path: "$.x", kind: "value", relation: null }],
    reason: "fine",
    by: "ann",
    at: NOON,
    expiresAt: null,
  };
  const position = { route: "default", method: "GET", parent: "/repos" };
  const learned = { ...position, parameter: "{repo}", literals: ["new"] };

  it("of rules and reviews are written with their audit entry, once when they are repeated", async () => {
    const writer = await openIn(RUN);
    await writer.edit({ type: "add-rule", rule, audit });
    await writer.edit({ type: "add-rule", rule, audit });
    await writer.edit({ type: "rules", add: [{ ...rule, id: "r2" }], remove: ["r1", "none"], audit });
    expect(await writer.rules()).toEqual([{ ...rule, id: "r2" }]);
    await writer.edit({ type: "remove-rule", id: "r2", audit });
    expect(await writer.rules()).toEqual([]);
    await writer.edit({ type: "reviews", put: [review, { ...review, signature: "s2" }], remove: [], audit });
    await writer.edit({ type: "reviews", put: [{ ...review, decision: "denied" }], remove: ["s2"], audit });
    expect(await writer.reviews()).toEqual([{ ...review, decision: "denied" }]);
    expect(await sql("SELECT count(*), min(what) FROM audit")).toBe("6|did \x1A0000");
  });

  it("of templates replace the decision before, and keep what was learned", async () => {
    const writer = await openIn(RUN);
    const decided = { ...learned, decided: { by: "ann", at: NOON } };
    await writer.edit({ type: "keep-apart", position, audit });
    expect(await sql("SELECT parent FROM kept_apart")).toBe("/repos");
    await writer.edit({ type: "count-as-one", template: learned, audit });
    expect(await writer.templates()).toEqual([decided]);
    expect(await sql("SELECT count(*) FROM kept_apart")).toBe("0");
    await writer.edit({ type: "undecide-template", position, audit });
    expect(await writer.templates()).toEqual([]);
    await sql(`INSERT INTO learned_template SELECT 'd', 'default', 'GET', '/learned', '{x}', '[]', NULL, NULL`);
    await writer.edit({ type: "undecide-template", position: { ...position, parent: "/learned" }, audit });
    expect(await sql("SELECT parent FROM learned_template")).toBe("/learned");
  });

  it("are numbered, and announced to other replicas when they are committed", async () => {
    const writer = await openIn(RUN);
    const before = Number(await sql("SELECT change FROM shared_state"));
    const notifications: string[] = [];
    holder.on("notification", ({ payload }) => notifications.push(payload ?? ""));
    await holder.query("LISTEN shadowdiff");
    await writer.edit({ type: "add-rule", rule, audit });
    await writer.updateRun(RUN);
    await holder.query("SELECT 1");
    expect(notifications).toEqual([`{"change":${before + 1}}`, `{"change":${before + 2}}`]);
  });
});

describe("with the merge of logs", () => {
  it("what several replicas commit is counted once, by one of them", async () => {
    await holder.query("SELECT pg_advisory_unlock_all()");
    const proxy = await CuttingProxy.start(server.port);
    try {
      const url = server.url(database, { sslmode: "disable" }).replace(String(server.port), String(proxy.port));
      const counted = [outcome({ fields: [field("$.a")], count: 3 })];
      for (const replica of ["a", "b", "c"]) {
        const writer = await openIn(RUN, replica, url);
        const batches = [batch(`${replica}:0/1`, { accounting: [received(3)], outcomes: counted })];
        proxy.cutAtCommit();
        await expect(writer.commit(RUN.id, batches)).rejects.toBeInstanceOf(StoreError);
        const again = await openIn(RUN, replica, url);
        await again.commit(RUN.id, batches);
        await again.endRun(RUN.id, NOON, null);
      }
      await expect.poll(() => sql("SELECT count(*) FROM entry")).toBe("0");
      expect(await sql("SELECT fate, sum(count) FROM accounting GROUP BY fate")).toBe("received|9");
      expect(await sql("SELECT sum(count) FROM tally_total")).toBe("9");
    } finally {
      proxy.close();
    }
  });
});
