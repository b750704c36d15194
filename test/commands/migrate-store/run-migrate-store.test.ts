import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { runMigrateStore, type MigrateStoreOptions } from "../../../src/commands/migrate-store/run-migrate-store.ts";
import { runReport } from "../../../src/commands/report/run-report.ts";
import { SLOTS_PER_MINUTE } from "../../../src/lib/time-slots.ts";
import type { ResultBatch } from "../../../src/model/batch.ts";
import type { Mark } from "../../../src/model/explain/mark.ts";
import type { Isolation } from "../../../src/model/isolate/isolation.ts";
import type { Rule } from "../../../src/model/rule.ts";
import type { Run } from "../../../src/model/run.ts";
import { openReader } from "../../../src/store/open-reader.ts";
import { MERGE_LOCK } from "../../../src/store/postgres/merge/merge-lock.ts";
import { migratePostgres } from "../../../src/store/postgres/migrate-postgres.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreEdit, StoreReader, StoreWriter } from "../../../src/store/store.ts";
import { openSqlite } from "../../store/contract/sqlite-engine.ts";
import { newPath } from "../../store/new-path.ts";
import { createMerger, mergeAll, MergeDatabase } from "../../store/postgres/merge/merge-database.ts";
import { postgresLocation, withSession } from "../../store/postgres/postgres-session.ts";
import {
  attributes,
  batch,
  field,
  latency,
  leg,
  MINUTE,
  NOON,
  OPTIONS,
  outcome,
  received,
  RUN,
  sample,
  SLOT,
} from "../../store/store-fixture.ts";
import { startPostgres, type Postgres } from "../../tools/start-postgres.ts";

const OLDER: Run = { ...RUN, id: "older", name: "text with \0 and \u001A", startedAt: NOON - 1_000 };
const LIMITS = { ...OPTIONS, maxSegmentValues: 3 };
const HOUR = 60 * SLOTS_PER_MINUTE;
const RULE: Rule = {
  id: "rule-1",
  endpoint: "GET /users/{id}",
  section: "body",
  path: "$.total",
  action: { type: "ignore" },
  owner: "team",
  reason: "because \0",
  source: "dashboard",
  createdBy: "Ada",
  createdAt: NOON,
  expiresAt: null,
};
const REVIEW = {
  signature: "s1",
  decision: "accepted",
  endpoints: ["GET /users/{id}"],
  title: "a cause",
  fields: [],
  reason: "known",
  by: "Ada",
  at: NOON,
  expiresAt: null,
} as const;

const MARK: Mark = { id: "m", at: NOON, kind: "deployment", text: "v2 \0", subset: null, by: "Ada" };
const ISOLATION: Isolation = {
  id: "i",
  signature: "s1",
  title: "a cause",
  endpoint: "GET /users/{id}",
  candidate: "v2",
  runId: RUN.id,
  by: "Ada \0",
  startedAt: NOON,
  endedAt: NOON,
  sampleId: null,
  state: "failed",
  message: "",
  probes: 1,
  maxProbes: 60,
  parts: { original: 1, left: 1 },
  isMinimal: false,
  request: null,
  deciding: [],
};

let server: Postgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.remove());

/** Counts of one hour of a candidate, of everything that a batch can have. */
function counts(id: string, hour: number, candidate: string): ResultBatch {
  const slot = SLOT + hour * HOUR;
  const minute = MINUTE + hour * 60;
  const place = { slot, route: "default", endpoint: "GET /users/{id}", candidate };
  const level = hour % 2 === 0 ? 0 : 4;
  const names = Array.from({ length: 6 }, (_, number) => `GET /shops/shop${"abcdef"[number]}/items`);
  return batch(`run:1/${id}`, {
    accounting: [
      received(40, { candidate, minute }),
      received(38, { candidate, minute, fate: "mirrored" }),
      received(2, { candidate, minute, fate: "inFlight" }),
    ],
    outcomes: [
      outcome({ ...place, paired: true, count: 20, queries: new Map([["page\0", 7]]) }),
      outcome({ ...place, fields: [field("$.total\0x"), field("$.b")], count: 5, level }),
      ...names.map((endpoint) => outcome({ ...place, endpoint, paired: true, count: 2 })),
    ],
    latencies: [
      latency({ ...place, count: 20 }),
      latency({ ...place, series: "candidate", bucket: 60, count: 20 }),
      latency({ ...place, series: "ratio", bucket: 3, count: 20 }),
    ],
    relations: [
      { ...place, section: "body", path: "$.b", kind: "value", relation: "rounding", count: 5 },
    ] as unknown as ResultBatch["relations"],
    statuses: [
      { ...place, primary: 200, other: 500, role: "candidate", count: 5, level },
      { ...place, primary: 200, other: 200, role: "secondary", count: 5 },
    ],
    ruleHits: [{ ...place, rule: "rule \0 1", count: 3 }],
    failures: [
      { ...place, role: "candidate", kind: "refused", reason: "no \0", address: "http://a", count: 2 },
    ] as unknown as ResultBatch["failures"],
    features: [
      { ...place, section: "body", path: "$.b", feature: "null", candidateOnly: 4, secondaryOnly: 1 },
    ] as unknown as ResultBatch["features"],
    pacing: [{ ...place, backToBack: 1 }],
    slow: [
      {
        ...place,
        at: NOON + hour * 3_600_000,
        method: "GET",
        target: "/users/7\0",
        primaryStatus: 200,
        candidateStatus: 500,
        primaryMs: 1.5,
        candidateMs: 900 + hour,
        secondaryMs: null,
        sampleId: hour === 1 ? `${id}-s` : null,
      },
    ] as unknown as ResultBatch["slow"],
    samples: [
      sample(`${id}-s`, {
        at: NOON + hour * 3_600_000,
        candidate,
        target: "/users/\0\u001A\ud83d\ude00",
        fields: [field("$.total"), field("$.n", "noise")],
        legs: { primary: leg("v1"), candidate: leg(candidate, Buffer.from("{}")), secondary: leg("v1-twin") },
      }),
    ],
    attributes: [
      attributes(`${id}-s`, { candidate, at: NOON + hour * 3_600_000, stratum: "a\0", fields: [field("$.total\0x")] }),
      attributes(`${id}-m`, { candidate, at: NOON + hour * 3_600_000, limit: 0.9, draw: hour / 100 }),
    ],
  });
}

function edit(change: Record<string, unknown>, what: string): StoreEdit {
  return { ...change, audit: { at: NOON, by: "Ada \0", what } } as unknown as StoreEdit;
}

/** A store of two runs, over several days, so that blocks of several levels exist. */
async function filled(): Promise<{ path: string; writer: StoreWriter }> {
  const store = await openSqlite(LIMITS, OLDER);
  const { writer, path } = store;
  await writer.commit(OLDER.id, [counts("first", 0, "v2")]);
  await writer.endRun(OLDER.id, NOON, RUN);
  for (let hour = 0; hour < 60; hour += 1) {
    await writer.commit(RUN.id, [counts(`a${hour}`, hour, "v2"), counts(`b${hour}`, hour, "v3")]);
  }
  await writer.edit(edit({ type: "add-rule", rule: RULE }, "added a rule"));
  await writer.edit(edit({ type: "reviews", put: [REVIEW], remove: [] }, "reviewed"));
  await writer.edit(
    edit({ type: "keep-apart", position: { route: "default", method: "GET", parent: "/teams" } }, "kept apart"),
  );
  await writer.edit({ type: "mark", runId: RUN.id, mark: MARK, audit: null });
  await writer.edit({ type: "isolation", isolation: ISOLATION, audit: null });
  return { path, writer };
}

async function migrate(options: MigrateStoreOptions, signal = new AbortController().signal) {
  let [out, err] = ["", ""];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await runMigrateStore(options, io, signal);
  return { code, out, err };
}

async function report(store: string, run: string, candidate: string): Promise<Record<string, unknown>> {
  let text = "";
  const io = { out: (part: string) => void (text += part), err: () => undefined };
  expect(await runReport({ store, run, candidate, format: "json" }, io)).toBe(0);
  const { generatedAt: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return rest;
}

async function open(store: string): Promise<StoreReader> {
  const reader = await openReader(
    store.startsWith("postgres") ? postgresLocation(store) : { engine: "sqlite", path: store },
  );
  onTestFinished(() => reader.close());
  return reader;
}

/** Everything that a reader says of a run and of decisions. */
async function contents(store: string, run: string, candidate: string) {
  const reader = await open(store);
  const of = [run, candidate] as const;
  const summaries = await reader.samples(...of, { limit: 1_000 });
  const everything = { endpoint: undefined, minMs: null, maxMs: null, from: null, to: null, limit: 1_000 } as const;
  return {
    runs: await reader.runs(),
    accounting: await reader.accounting(...of),
    outcomes: await reader.outcomes(...of),
    latencies: await reader.latencies(...of),
    minutes: await reader.latencyMinutes(...of, undefined),
    relations: await reader.relations(...of),
    statuses: await reader.statuses(...of),
    failures: await reader.failures(...of),
    ruleHits: await reader.ruleHits(...of),
    blocks: await reader.blocks(...of),
    summaries,
    samples: await Promise.all(summaries.map(({ id }) => reader.sample(run, id, candidate))),
    slow: await reader.timedExchanges(...of, { ...everything, role: "candidate" }),
    attributes: await reader.attributes(...of),
    marks: await reader.marks(RUN.id),
    isolations: await reader.isolations(RUN.id),
    rules: await reader.rules(),
    reviews: await reader.reviews(),
    templates: await reader.templates(),
    keptApart: await reader.keptApart(),
    audit: await reader.audit(100),
  };
}

/** What it says when it fails. */
async function problem(options: MigrateStoreOptions): Promise<string> {
  const { code, err } = await migrate(options);
  expect(code).toBe(2);
  return err;
}

describe("migrate-store", () => {
  it("copies everything: reports and all that a reader says are the same", async () => {
    const { path } = await filled();
    const target = server.url(await server.createDatabase());
    const { code, out, err } = await migrate({ source: `sqlite:${path}`, target });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("2 runs copied, 0 were there already, 0 refused\n");
    for (const [run, candidate] of [
      [RUN.id, "v2"],
      [RUN.id, "v3"],
      [OLDER.id, "v2"],
    ] as const) {
      const source = await contents(path, run, candidate);
      expect(await contents(target, run, candidate)).toEqual(source);
      expect(await report(target, run, candidate)).toEqual(await report(path, run, candidate));
    }
    // What was compared has something of each kind.
    for (const part of Object.values(await contents(path, RUN.id, "v2"))) expect(part).not.toHaveLength(0);
  });

  it("copies nothing twice, also if something was removed or merged since", async () => {
    const { path } = await filled();
    const target = server.url(await server.createDatabase());
    await migrate({ source: path, target });
    await withSession(target, async (session) => {
      await session.query("DELETE FROM rule");
      await mergeAll(createMerger(), session);
    });
    const before = await contents(target, RUN.id, "v2");
    const { code, out } = await migrate({ source: path, target });
    expect(code).toBe(0);
    expect(out).toContain("audit entries: 0 copied\n");
    expect(out).toContain("0 runs copied, 2 were there already, 0 refused\n");
    expect(await contents(target, RUN.id, "v2")).toEqual(before);
    expect(before.rules).toEqual([]);
  });

  it("counts what was in flight as interrupted with the next merge: no replica has it", async () => {
    const { path } = await filled();
    const target = server.url(await server.createDatabase());
    await migrate({ source: path, target });
    const fates = async () =>
      (await (await open(target)).accounting(RUN.id, "v2")).map(({ fate, reason, count }) => [fate, reason, count]);
    expect(await fates()).toContainEqual(["inFlight", "run:1", 122]);
    await withSession(target, (session) => mergeAll(createMerger(), session));
    expect(await fates()).toContainEqual(["interrupted", "", 122]);
  });

  it("waits for a merge, and replicas merge on", async () => {
    const { path } = await filled();
    const target = server.url(await server.createDatabase());
    // With the decisions, which a merge would notice as an edit.
    await migrate({ source: path, target, run: [OLDER.id] });
    await withSession(target, async (session) => {
      const database = new MergeDatabase(target, session);
      const runKey = await database.beginRun({ ...RUN, id: "live" });
      const replica = await database.addReplica("one");
      const merger = createMerger();
      await replica.append(runKey, { kind: "counts", batches: [counts("x", 0, "v2")] });
      await mergeAll(merger, session);
      await session.query(`BEGIN; SELECT pg_advisory_xact_lock(${MERGE_LOCK})`);
      const copying = migrate({ source: path, target });
      const waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
      await vi.waitFor(async () => expect(await server.sql(waiting)).toBe("1"), { timeout: 10_000 });
      expect((await (await open(target)).runs()).map(({ id }) => id)).toEqual(["live", OLDER.id]);
      await session.query("COMMIT");
      expect(await copying).toMatchObject({ code: 0, err: "" });
      // On a day whose tables the copy has created.
      await replica.append(runKey, { kind: "counts", batches: [counts("y", 40, "v2")] });
      await mergeAll(merger, session);
    });
    const live = await contents(target, "live", "v2");
    expect(live.accounting).toContainEqual(received(80, { minute: 0 }));
    expect(live.summaries.map(({ id }) => id)).toEqual(["y-s", "x-s"]);
    const { outcomes, blocks } = await contents(path, RUN.id, "v2");
    expect(await contents(target, RUN.id, "v2")).toMatchObject({ outcomes, blocks });
  });

  it("copies chosen runs, and refuses those that are there with other content", async () => {
    const { path, writer } = await filled();
    const target = server.url(await server.createDatabase());
    expect(await migrate({ source: path, target, run: [OLDER.name] })).toMatchObject({ code: 0 });
    expect((await (await open(target)).runs()).map(({ id }) => id)).toEqual([OLDER.id]);
    expect(await migrate({ source: path, target, run: [RUN.id] })).toMatchObject({ code: 0 });
    const before = await contents(target, RUN.id, "v2");
    await writer.commit(RUN.id, [counts("later", 61, "v2")]);
    const { code, err, out } = await migrate({ source: path, target });
    expect(code).toBe(2);
    expect(err).toContain(`run ${RUN.name} (${RUN.id}): refused, because the database has it with other content`);
    expect(err).toContain("?schema=NAME");
    expect(out).toContain("0 runs copied, 1 were there already, 1 refused\n");
    expect(await contents(target, RUN.id, "v2")).toEqual(before);
    expect(await migrate({ source: path, target: `${target}?schema=other` })).toMatchObject({ code: 0 });
    expect(await report(`${target}?schema=other`, RUN.id, "v2")).toEqual(await report(path, RUN.id, "v2"));
  });

  it("keeps newer decisions of the database, and replaces older ones", async () => {
    const { path } = await filled();
    const target = server.url(await server.createDatabase());
    await withSession(target, async (session) => {
      await migratePostgres(session, undefined);
      await session.query(
        `INSERT INTO review (signature, decision, endpoints, title, fields, reason, by, at)
         VALUES ('s1', 'denied', '[]', 'own', '[]', '', 'Bo', $1)`,
        [NOON + 1],
      );
    });
    const { out } = await migrate({ source: path, target });
    expect(out).toContain("review of a cause: the database keeps its own\n");
    expect((await (await open(target)).reviews()).map(({ by }) => by)).toEqual(["Bo"]);
    const older = server.url(await server.createDatabase());
    await migrate({ source: path, target: older, run: [OLDER.id] });
    await withSession(older, (session) =>
      session.query("UPDATE review SET at = at - 1, by = 'Bo'; DELETE FROM copied_decision"),
    );
    await migrate({ source: path, target: older, run: [OLDER.id] });
    expect((await (await open(older)).reviews()).map(({ by }) => by)).toEqual(["Ada"]);
  });

  it("only says what it would copy with --dry-run", async () => {
    const { path } = await filled();
    const database = await server.createDatabase();
    const target = server.url(database);
    const first = await migrate({ source: path, target, dryRun: true });
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain(`run ${RUN.name} (${RUN.id}): to copy; it had not ended`);
    expect(await server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database)).toBe("0");
    await withSession(target, (session) => migratePostgres(session, undefined));
    expect(await migrate({ source: path, target, dryRun: true })).toEqual(first);
    expect(
      await server.sql("SELECT (SELECT count(*) FROM rule) + (SELECT count(*) FROM copied_decision)", database),
    ).toBe("0");
  });

  it("leaves whole runs when it is interrupted, and continues", async () => {
    const { path } = await filled();
    const target = server.url(await server.createDatabase());
    await withSession(target, (session) => migratePostgres(session, undefined));
    const controller = new AbortController();
    let lines = "";
    const io = {
      out: (text: string) => {
        lines += text;
        if (text.startsWith("run ")) controller.abort();
      },
      err: (text: string) => void (lines += text),
    };
    expect(await runMigrateStore({ source: path, target }, io, controller.signal)).toBe(130);
    expect(lines).toContain("interrupted: runs that are listed above are complete");
    expect((await (await open(target)).runs()).map(({ id }) => id)).toEqual([OLDER.id]);
    expect(await migrate({ source: path, target })).toMatchObject({ code: 0 });
    expect(await contents(target, RUN.id, "v3")).toEqual(await contents(path, RUN.id, "v3"));
  });

  it("copies the latencies that the first version has counted", async () => {
    const path = newPath();
    writeFileSync(
      path,
      zstdDecompressSync(readFileSync(join(import.meta.dirname, "../../store/first-version.db.zst"))),
    );
    const target = server.url(await server.createDatabase());
    expect((await migrate({ source: path, target })).err).toContain("created by an older version of shadowdiff");
    await openSqliteWriter(path, OPTIONS).close();
    expect(await migrate({ source: path, target })).toMatchObject({ code: 0, err: "" });
    const { latencies } = await contents(path, RUN.id, "v2");
    expect(latencies).not.toHaveLength(0);
    expect(await contents(target, RUN.id, "v2")).toEqual(await contents(path, RUN.id, "v2"));
    expect(await report(target, RUN.id, "v2")).toEqual(await report(path, RUN.id, "v2"));
  });

  it("says what it cannot do", async () => {
    const { path } = await filled();
    const database = await server.createDatabase();
    const target = server.url(database);
    expect(await problem({ source: path, target: path })).toContain("copies from SQLite into PostgreSQL only");
    expect(await problem({ source: target, target: path })).toContain("not from postgres into sqlite");
    expect(await problem({ source: "./nowhere.db", target })).toBe("store ./nowhere.db does not exist\n");
    expect(await problem({ source: path, target, run: ["unknown"] })).toContain(
      "the source has no run unknown; runs: ",
    );
    expect(await problem({ source: path, target: server.url("nowhere") })).toContain(
      'database "nowhere" does not exist',
    );
    await withSession(target, (session) => migratePostgres(session, undefined));
    await server.sql("INSERT INTO migration VALUES ('999_later.sql', 'x')", database);
    expect(await problem({ source: path, target })).toContain("created by a newer version of shadowdiff");
    const foreign = newPath();
    new Sqlite(foreign).exec("CREATE TABLE own (value TEXT)").close();
    expect(await problem({ source: foreign, target })).toContain("not a shadowdiff database");
  });
});
