import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { AttributeRecord } from "../../../../src/model/explain/attribute.ts";
import type { Sample } from "../../../../src/model/sample.ts";
import type { Run } from "../../../../src/model/run.ts";
import type { RetentionLimits } from "../../../../src/store/store-writer-options.ts";
import { SLOTS_PER_MINUTE } from "../../../../src/lib/time-slots.ts";
import { openSqliteReader } from "../../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreReader, StoreWriter } from "../../../../src/store/store.ts";
import {
  attributes,
  batch,
  field,
  flat,
  latency,
  latencyRows,
  minuteRows,
  leg,
  MINUTE,
  NOON,
  OPTIONS,
  outcome,
  received,
  RUN,
  sample,
} from "../../store-fixture.ts";
import { newPath } from "../../new-path.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const UNLIMITED = Number.MAX_SAFE_INTEGER;

async function openBoth(
  retention: Partial<RetentionLimits>,
): Promise<{ path: string; writer: StoreWriter; reader: StoreReader }> {
  const path = newPath();
  const limits = { maxAgeMs: UNLIMITED, maxBytes: UNLIMITED, ...retention };
  const writer = openSqliteWriter(path, { ...OPTIONS, samplesPerDifference: 1000, retention: limits });
  await writer.beginRun(RUN);
  return { path, writer, reader: openSqliteReader(path) };
}

async function retainAll(writer: StoreWriter, now: number): Promise<void> {
  while (await writer.applyRetention(now));
}

/** One minute with an exchange that differs in its own field, one that matches, and a sample. */
function minuteBatch(minute: number): ReturnType<typeof batch> {
  const slot = minute * SLOTS_PER_MINUTE;
  return batch(`${minute}`, {
    accounting: [received(2, { minute })],
    outcomes: [outcome({ slot }), outcome({ slot, fields: [field(`$.at${minute}`)] })],
    latencies: [latency({ slot }), latency({ slot, endpoint: `GET /${minute}` })],
    samples: [sample(`${minute}`, { at: minute * 60_000 })],
  });
}

async function remaining(reader: StoreReader): Promise<Record<string, unknown>> {
  return {
    received: (await reader.accounting(RUN.id, "v2")).map(({ count }) => count),
    compared: flat(await reader.outcomes(RUN.id, "v2")).map(({ fields, count }) => [fields[0]?.path ?? "", count]),
    latencies: latencyRows(await reader.latencies(RUN.id, "v2")).map(({ endpoint, count }) => [endpoint, count]),
    minutes: [...new Set((await reader.latencyMinutes(RUN.id, "v2", undefined)).map(({ minute }) => minute))],
    samples: (await reader.samples(RUN.id, "v2", { limit: 9 })).map(({ id }) => id),
  };
}

describe("retention by age", () => {
  it("deletes minutes of all counters and samples beyond the maximum age, and keeps totals consistent", async () => {
    const { writer, reader } = await openBoth({ maxAgeMs: DAY });
    const now = NOON + 2 * DAY;
    const [old, recent] = [(now - DAY - 2 * HOUR) / 60_000, (now - DAY + HOUR) / 60_000];
    await writer.commit(RUN.id, [minuteBatch(old - 1), minuteBatch(old), minuteBatch(recent)]);
    await retainAll(writer, now);
    expect(await remaining(reader)).toEqual({
      received: [2],
      compared: [
        ["", 1],
        [`$.at${recent}`, 1],
      ],
      latencies: [
        [`GET /${recent}`, 1],
        ["GET /users/{id}", 1],
      ],
      minutes: [recent],
      samples: [`${recent}`],
    });
  });

  it.each([
    ["an hour ahead", HOUR],
    ["right", 0],
    ["an hour behind", -HOUR],
  ])("deletes nothing before its age if the clock is %s", async (_, error) => {
    const { writer, reader } = await openBoth({ maxAgeMs: 2 * HOUR });
    const all = [MINUTE, MINUTE + 60, MINUTE + 119];
    await writer.commit(RUN.id, all.map(minuteBatch));
    await retainAll(writer, NOON + 2 * HOUR + error);
    expect((await remaining(reader))["minutes"]).toEqual(all);
    expect(await reader.samples(RUN.id, "v2", { limit: 9 })).toHaveLength(3);
  });

  it("deletes empty runs, but never the active one", async () => {
    const { writer, reader, path } = await openBoth({ maxAgeMs: DAY });
    const finished: Run = { ...RUN, id: "finished", startedAt: NOON - DAY };
    const earlier = openSqliteWriter(path, OPTIONS);
    await earlier.beginRun(finished);
    await earlier.commit(finished.id, [minuteBatch(MINUTE - 1440)]);
    await earlier.close();
    await retainAll(writer, NOON);
    expect((await reader.runs()).map(({ id }) => id)).toEqual([RUN.id, "finished"]);
    await retainAll(writer, NOON + 100 * DAY);
    expect((await reader.runs()).map(({ id }) => id)).toEqual([RUN.id]);
    await writer.commit(RUN.id, [minuteBatch(MINUTE)]);
    expect((await remaining(reader))["received"]).toEqual([2]);
  });

  it("frees space under the limits for new endpoints and sets", async () => {
    const path = newPath();
    const options = {
      ...OPTIONS,
      maxEndpoints: 1,
      maxDifferenceSets: 1,
      retention: { maxAgeMs: DAY, maxBytes: UNLIMITED },
    };
    const writer = openSqliteWriter(path, options);
    await writer.beginRun(RUN);
    const at = (minute: number, endpoint: string, path: string) =>
      writer.commit(RUN.id, [
        batch(`${minute}`, {
          outcomes: [outcome({ slot: minute * SLOTS_PER_MINUTE, endpoint, fields: [field(path)] })],
        }),
      ]);
    await at(MINUTE, "GET /old", "$.old");
    await retainAll(writer, NOON + 3 * DAY);
    await at(MINUTE + 3 * 1440, "GET /new", "$.new");
    const rows = flat(await openSqliteReader(path).outcomes(RUN.id, "v2"));
    expect(rows.map(({ endpoint, fields, beyondCap }) => [endpoint, fields[0]?.path, beyondCap])).toEqual([
      ["GET /new", "$.new", false],
    ]);
  });
});

function bigSample(at: number): Sample {
  const legs = { primary: leg("v1", randomBytes(20_000)), candidate: leg("v2"), secondary: null };
  return sample(`${at}`, { at: NOON + at, legs });
}

function drawn(id: string, draw: number, endpoint = "GET /a"): AttributeRecord {
  return attributes(id, { draw, endpoint });
}

function largeRecords(endpoint: string, count: number): AttributeRecord[] {
  return Array.from({ length: count }, (_, n) => {
    const value = randomBytes(5_000).toString("hex");
    const at = NOON + (endpoint === "GET /old" && n === 0 ? -1 : 0);
    return attributes(`${endpoint} ${n}`, { endpoint, at, attributes: [{ source: "query", name: "q", value }] });
  });
}

describe("retention by size", () => {
  const MIB = 1024 * 1024;

  it("deletes the oldest samples first, keeps all counts, and shrinks the file", async () => {
    const { path, writer, reader } = await openBoth({ maxBytes: MIB });
    await writer.commit(RUN.id, [
      batch("1", {
        outcomes: [outcome({ count: 300 })],
        samples: Array.from({ length: 300 }, (_, at) => bigSample(at)),
      }),
    ]);
    await retainAll(writer, NOON);
    expect(statSync(path).size).toBeLessThanOrEqual(MIB);
    const kept = (await reader.samples(RUN.id, "v2", { limit: 999 })).map(({ id }) => Number(id));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, at) => 299 - at));
    expect((await reader.sample(RUN.id, "299", "v2"))?.legs.primary.body.content).toHaveLength(20_000);
    expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([300]);
  });

  it("then deletes the attributes of whole endpoints, because what is left of one would be no uniform sample", async () => {
    const { writer, reader } = await openBoth({ maxBytes: 1.5 * MIB });
    const endpoints = ["GET /a", "GET /b", "GET /old"];
    const outcomes = endpoints.map((endpoint) => outcome({ endpoint, count: 60 }));
    await writer.commit(RUN.id, [
      batch("1", { outcomes, attributes: endpoints.flatMap((each) => largeRecords(each, 40)) }),
    ]);
    await retainAll(writer, NOON);
    const kept = async (): Promise<unknown[]> =>
      (await reader.attributes(RUN.id, "v2")).map(({ endpoint, rows: [row] }) => [
        endpoint,
        row?.limit,
        row?.records.length,
      ]);
    expect(await kept()).toEqual([
      ["GET /a", 1, 40],
      ["GET /b", 1, 40],
      ["GET /old", 0, 0],
    ]);
    // There is room again, but not for a sample that has missed some.
    await writer.commit(RUN.id, [batch("2", { attributes: [attributes("late", { endpoint: "GET /old" })] })]);
    expect((await kept())[2]).toEqual(["GET /old", 0, 0]);
    expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([60, 60, 60]);
  });

  it("lets no sample of attributes grow once those of a run have 64 MiB", async () => {
    const { path, writer, reader } = await openBoth({});
    await writer.commit(RUN.id, [batch("1", { attributes: [drawn("a", 0.4), drawn("b", 0.6)] })]);
    const db = new Sqlite(path);
    db.exec(`UPDATE attribute_stratum SET bytes = ${64 * MIB}`);
    db.close();
    await writer.commit(RUN.id, [
      batch("2", { attributes: [drawn("c", 0.5), drawn("d", 0.3), drawn("e", 0.1, "GET /b")] }),
    ]);
    const kept = (await reader.attributes(RUN.id, "v2")).map(({ endpoint, rows: [row] }) => [
      endpoint,
      row?.limit,
      ...(row?.records ?? []).map(({ id }) => id),
    ]);
    expect(kept).toEqual([
      ["GET /a", 0.5, "d", "a"],
      ["GET /b", 0],
    ]);
  });

  it("then deletes the oldest minutes, also of the active run, and the rest adds up", async () => {
    const { path, writer, reader } = await openBoth({ maxBytes: MIB });
    for (let minute = 0; minute < 120; minute += 1) {
      const at = MINUTE + minute;
      const slot = at * SLOTS_PER_MINUTE;
      const latencies = Array.from({ length: 1_500 }, (_, bucket) =>
        latency({ slot, bucket: bucket % 400, endpoint: `GET /${Math.floor(bucket / 400)}` }),
      );
      await writer.commit(RUN.id, [
        batch(`${minute}`, {
          latencies,
          outcomes: [outcome({ slot })],
          accounting: [received(1, { minute: at })],
        }),
      ]);
    }
    expect(statSync(path).size).toBeGreaterThan(MIB);
    await retainAll(writer, NOON);
    expect(statSync(path).size).toBeLessThanOrEqual(MIB);
    const minutes = (await remaining(reader))["minutes"] as number[];
    expect(minutes.length).toBeGreaterThan(10);
    expect(minutes).toEqual(Array.from({ length: minutes.length }, (_, at) => MINUTE + 120 - minutes.length + at));
    expect((await remaining(reader))["received"]).toEqual([minutes.length]);
    expect((await remaining(reader))["compared"]).toEqual([["", minutes.length]]);
    const latencies = minuteRows(await reader.latencyMinutes(RUN.id, "v2", undefined));
    expect(latencies.reduce((sum, { count }) => sum + count, 0)).toBe(minutes.length * 1_500);
    // The blocks that remain begin after the deleted minutes.
    const blocks = flat(await reader.blocks(RUN.id, "v2"));
    const compared = blocks.flatMap(({ outcomes }) => outcomes).reduce((sum, { count }) => sum + count, 0);
    expect(compared).toBe(minutes.filter((minute) => minute * 60_000 >= (blocks[0]?.startedAt ?? Infinity)).length);
    expect(minutes.length - compared).toBeLessThan(minutes.length / 8);
    expect(latencyRows(await reader.latencies(RUN.id, "v2")).reduce((sum, { count }) => sum + count, 0)).toBe(
      compared * 1_500,
    );
  });

  it("ends when there is nothing left to delete, however small the limit", async () => {
    const { writer, reader } = await openBoth({ maxBytes: 1 });
    await writer.commit(RUN.id, [minuteBatch(MINUTE)]);
    await retainAll(writer, NOON);
    expect(await remaining(reader)).toEqual({ received: [], compared: [], latencies: [], minutes: [], samples: [] });
    expect(await reader.runs()).toEqual([RUN]);
  });
});

it("remembers the ids of the last 100,000 batches, regardless of the clock", async () => {
  const { path, writer, reader } = await openBoth({ maxAgeMs: HOUR });
  const many = Array.from({ length: 100_001 }, (_, at) => batch(`${at}`, { accounting: [received(1)] }));
  await writer.commit(RUN.id, many);
  await retainAll(writer, NOON);
  await writer.commit(RUN.id, many.slice(1));
  expect((await reader.accounting(RUN.id, "v2")).map(({ count }) => count)).toEqual([100_001]);
  const db = new Sqlite(path, { readonly: true });
  expect(db.prepare("SELECT count(*) FROM batch").pluck().get()).toBe(100_000);
  db.close();
});
