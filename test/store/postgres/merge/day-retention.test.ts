import { describe, expect, it } from "vitest";
import { SLOTS_PER_MINUTE } from "../../../../src/lib/time-slots.ts";
import type { ResultBatch } from "../../../../src/model/batch.ts";
import {
  attributes,
  batch,
  field,
  latency,
  MINUTE,
  NOON,
  outcome,
  received,
  RUN,
  sample,
  SLOT,
} from "../../store-fixture.ts";
import { createMerger, mergeAll, type MergeDatabase, mergeDatabase } from "./merge-database.ts";

const databaseOf = mergeDatabase();

const DAY_MS = 86_400_000;
const SLOTS_PER_DAY = 1_440 * SLOTS_PER_MINUTE;
/** The end of the day of the fixture's minute. */
const END_OF_DAY = Math.ceil(NOON / DAY_MS) * DAY_MS;
const HOUR_MS = 3_600_000;
const AGE = { maxAgeMs: DAY_MS, maxBytes: 1e12 };

/** What happens on a day after the fixture's. */
function onDay(day: number, endpoint: string): ResultBatch {
  const slot = SLOT + day * SLOTS_PER_DAY;
  const place = { endpoint, slot };
  return batch(`t/${day}-${endpoint}`, {
    accounting: [received(3, { minute: MINUTE + day * 1_440 })],
    outcomes: [
      outcome({ ...place, count: 2, fields: [field("$.total")], queries: new Map([["q", 2]]) }),
      outcome(place),
    ],
    latencies: [latency(place)],
    statuses: [{ ...place, route: "default", candidate: "v2", role: "candidate", primary: 200, other: 200, count: 3 }],
    relations: [
      {
        route: "default",
        endpoint,
        candidate: "v2",
        section: "body",
        path: "$.total",
        kind: "value",
        relation: "rounding",
        count: 2,
      },
    ],
    samples: [sample(`s${day}-${endpoint}`, { endpoint, at: NOON + day * DAY_MS })],
    attributes: [attributes(`s${day}-${endpoint}`, { endpoint, at: NOON + day * DAY_MS, stratum: `s${day % 2}` })],
  });
}

async function retain(database: MergeDatabase, nowMs: number, retention = AGE): Promise<void> {
  const merger = createMerger({ retention });
  while (await merger.applyRetention(database.session, nowMs));
}

async function fill(database: MergeDatabase, ...batches: readonly ResultBatch[]): Promise<void> {
  const run = await database.beginRun();
  const replica = await database.addReplica("a");
  await replica.append(run, { kind: "counts", batches });
  await mergeAll(createMerger(), database.session);
}

describe("retention by age", () => {
  it("leaves what was never counted on the days that are gone", async () => {
    const database = databaseOf();
    const later = [onDay(1, "GET /a"), onDay(2, "GET /c")];
    await fill(database, onDay(0, "GET /a"), onDay(0, "GET /b"), ...later);
    // Until the day is as old as configured, and an hour more.
    await retain(database, END_OF_DAY + DAY_MS + HOUR_MS - 1);
    expect(await database.rows("SELECT sum(count) FROM tally_total")).toEqual([[12]]);
    await retain(database, END_OF_DAY + DAY_MS + HOUR_MS);
    const kept = await database.counts();
    expect(await database.rows("SELECT DISTINCT day FROM tally ORDER BY day")).toHaveLength(2);
    expect(kept.totals).toHaveLength(4);
    expect(kept.accounting).toHaveLength(2);
    expect(kept.samples).toHaveLength(2);
    expect(kept.blocks).toHaveLength(2);
    // Counts of the run go with their endpoint.
    expect(
      await database.rows(
        "SELECT name, count FROM relation JOIN endpoint ON endpoint.key = endpoint_key ORDER BY name",
      ),
    ).toEqual([
      ["GET /a", 4],
      ["GET /c", 2],
    ]);
    expect(await database.rows("SELECT count(*) FROM parameter_counts")).toEqual([[2]]);
    expect(
      await database.rows("SELECT count(*) FROM pg_class WHERE relname LIKE 'tally\\_2%' AND relkind = 'r'"),
    ).toEqual([[3]]);
  });

  it("does not confuse the merger, which counts on", async () => {
    const database = databaseOf();
    const run = await database.beginRun();
    const replica = await database.addReplica("a");
    const merger = createMerger({ retention: AGE });
    await replica.append(run, { kind: "counts", batches: [onDay(0, "GET /a"), onDay(2, "GET /b")] });
    await mergeAll(merger, database.session);
    while (await merger.applyRetention(database.session, END_OF_DAY + 2 * DAY_MS));
    await replica.append(run, {
      kind: "counts",
      batches: [
        { ...onDay(2, "GET /a"), id: "t/9" },
        { ...onDay(0, "GET /b"), id: "t/10" },
      ],
    });
    await mergeAll(merger, database.session);
    expect(
      await database.rows(
        `SELECT name, sum(count) FROM tally_total JOIN outcome_set ON outcome_set.key = set_key
       JOIN endpoint ON endpoint.key = endpoint_key GROUP BY name ORDER BY name`,
      ),
    ).toEqual([
      ["GET /a", 3],
      ["GET /b", 6],
    ]);
    expect(await database.rows("SELECT sum(count) FROM tally")).toEqual([[9]]);
  });

  it("removes a run of which nothing is left, unless it goes on", async () => {
    const database = databaseOf();
    await fill(database, onDay(0, "GET /a"));
    await retain(database, END_OF_DAY + 3 * DAY_MS);
    expect(await database.rows("SELECT id FROM run")).toEqual([[RUN.id]]);
    await database.beginRun({ ...RUN, id: "next", startedAt: NOON + 3 * DAY_MS });
    await retain(database, END_OF_DAY + 3 * DAY_MS);
    expect(await database.rows("SELECT count(*) FROM run")).toEqual([[2]]);
    await database.session.query("UPDATE run SET ended_at = started_at WHERE id = $1", [RUN.id]);
    await retain(database, END_OF_DAY + 3 * DAY_MS);
    expect(await database.rows("SELECT id FROM run")).toEqual([["next"]]);
  });

  it("does not wait for readers, and does not take a day out of what they see", async () => {
    const database = databaseOf();
    await fill(database, onDay(0, "GET /a"), onDay(1, "GET /a"));
    const reader = await database.openSession();
    await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await reader.query("LOCK TABLE ONLY tally, ONLY accounting IN ACCESS SHARE MODE");
    const sum = async (): Promise<unknown> => (await reader.query("SELECT sum(count) FROM tally")).rows;
    const before = await sum();
    const merger = createMerger({ retention: AGE });
    expect(await merger.applyRetention(database.session, END_OF_DAY + 2 * DAY_MS)).toBe(false);
    expect(await sum()).toEqual(before);
    await reader.query("COMMIT");
    while (await merger.applyRetention(database.session, END_OF_DAY + 2 * DAY_MS));
    expect(await sum()).toEqual([{ sum: 3 }]);
  });
});

it("retention waits longer for readers each time that one was still reading", async () => {
  const database = databaseOf();
  await fill(database, onDay(0, "GET /a"), onDay(1, "GET /a"));
  const reader = await database.openSession();
  const merger = createMerger({ retention: AGE });
  const left = (): Promise<unknown[][]> => database.rows("SELECT sum(count) FROM tally");
  for (let attempts = 0; attempts < 8 && (await left())[0]?.[0] === 6; attempts += 1) {
    await reader.query("BEGIN; LOCK TABLE ONLY tally, ONLY accounting IN ACCESS SHARE MODE");
    const attempt = merger.applyRetention(database.session, END_OF_DAY + 2 * DAY_MS);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await reader.query("COMMIT");
    await attempt;
  }
  expect(await left()).toEqual([[3]]);
});

describe("retention by size", () => {
  it("deletes examples first, then days, the oldest first, but not the current one", async () => {
    const database = databaseOf();
    await fill(database, onDay(0, "GET /a"), onDay(1, "GET /a"), onDay(2, "GET /a"));
    const merger = createMerger({ retention: { maxAgeMs: 1e12, maxBytes: 1 } });
    const now = NOON + 2 * DAY_MS;
    const left: unknown[] = [];
    do {
      const [row] = await database.rows(
        "SELECT (SELECT count(*) FROM sample) AS samples, (SELECT count(*) FROM sample_leg) AS legs, (SELECT sum(count) FROM tally_total)",
      );
      left.push(row);
    } while (await merger.applyRetention(database.session, now));
    expect(left).toEqual([
      [3, 6, 9],
      [2, 4, 9],
      [1, 2, 9],
      [0, 0, 9],
      [0, 0, 6],
      [0, 0, 3],
    ]);
  });
});

it("deletes the attributes of a day with its counts, and all of a stratum where they are examples", async () => {
  const database = databaseOf();
  // Days 0 and 2 have records of one stratum, days 1 and 3 of the other one.
  await fill(database, ...[0, 1, 2, 3].map((day) => onDay(day, "GET /a")));
  const kept = (): Promise<unknown[][]> =>
    database.rows(
      `SELECT own.stratum, below, (bytes > 0)::int, count(id) FROM attribute_stratum AS own
       LEFT JOIN attribute_record ON attribute_record.stratum = number GROUP BY number, 1, 2, 3 ORDER BY 1`,
    );
  await retain(database, END_OF_DAY + DAY_MS + HOUR_MS);
  expect(await kept()).toEqual([
    ["s0", 1, 1, 1],
    ["s1", 1, 1, 2],
  ]);
  const merger = createMerger({ retention: { maxAgeMs: 1e12, maxBytes: 1 } });
  await merger.applyRetention(database.session, NOON + 3 * DAY_MS);
  expect(await kept()).toEqual([
    ["s0", 1, 1, 1],
    ["s1", 0, 0, 0],
  ]);
  while (await merger.applyRetention(database.session, NOON + 3 * DAY_MS));
  expect(await kept()).toEqual([
    ["s0", 0, 0, 0],
    ["s1", 0, 0, 0],
  ]);
  while (await createMerger({ retention: AGE }).applyRetention(database.session, NOON + 9 * DAY_MS));
  expect(await kept()).toEqual([]);
});

it("days of an earlier version get the table of attributes with the next merge", async () => {
  const database = databaseOf();
  await fill(database, onDay(0, "GET /a"));
  for (const [name] of await database.rows(
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'attribute_record'::regclass",
  ))
    await database.session.query(`DROP TABLE ${String(name)}`);
  const replica = await database.addReplica("b");
  const [[run] = []] = await database.rows("SELECT key FROM run");
  await replica.append(Number(run), { kind: "counts", batches: [onDay(0, "GET /b")] });
  await mergeAll(createMerger(), database.session);
  expect(await database.rows("SELECT id FROM attribute_record")).toEqual([["s0-GET /b"]]);
});

describe("batch ids", () => {
  it("are remembered by number, and until the replica is gone for a day", async () => {
    const database = databaseOf();
    await database.beginRun();
    const [busy, gone] = [await database.addReplica("busy"), await database.addReplica("gone")];
    await database.session.query(
      "INSERT INTO batch SELECT $1, step::text, step FROM generate_series(1, 100100) AS step",
      [busy.key],
    );
    await database.session.query("UPDATE replica SET last_sequence = 100100 WHERE key = $1", [busy.key]);
    await database.session.query("INSERT INTO batch VALUES ($1, 'x', 1)", [gone.key]);
    await retain(database, NOON);
    expect(
      await database.rows("SELECT replica_key, count(*), min(sequence) FROM batch GROUP BY replica_key ORDER BY 1"),
    ).toEqual([
      [busy.key, 100_000, 101],
      [gone.key, 1, 1],
    ]);
    await database.session.query("UPDATE replica SET lost_at = now() - interval '25 hours' WHERE key = $1", [gone.key]);
    await retain(database, NOON);
    expect(await database.rows("SELECT DISTINCT replica_key FROM batch")).toEqual([[busy.key]]);
  });

  it("go with their replica when nothing of its time is left", async () => {
    const database = databaseOf();
    await database.beginRun();
    await database.addReplica("a");
    await database.session.query("UPDATE replica SET ended_at = now() - interval '3 days'");
    await retain(database, Date.now() - 2 * DAY_MS);
    expect(await database.rows("SELECT id FROM replica")).toEqual([["a"]]);
    await retain(database, Date.now());
    expect(await database.rows("SELECT id FROM replica")).toEqual([]);
  });
});
