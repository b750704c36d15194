import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { Sample } from "../../../../src/model/sample.ts";
import type { Run } from "../../../../src/model/run.ts";
import type { RetentionLimits } from "../../../../src/store/sqlite/write/retention.ts";
import { SLOTS_PER_MINUTE } from "../../../../src/lib/time-slots.ts";
import { openSqliteReader } from "../../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreReader, StoreWriter } from "../../../../src/store/store.ts";
import {
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

function openBoth(retention: Partial<RetentionLimits>): { path: string; writer: StoreWriter; reader: StoreReader } {
  const path = newPath();
  const limits = { maxAgeMs: UNLIMITED, maxBytes: UNLIMITED, ...retention };
  const writer = openSqliteWriter(path, { ...OPTIONS, samplesPerDifference: 1000, retention: limits });
  writer.beginRun(RUN);
  return { path, writer, reader: openSqliteReader(path) };
}

function retainAll(writer: StoreWriter, now: number): void {
  while (writer.applyRetention(now));
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

function remaining(reader: StoreReader): Record<string, unknown> {
  return {
    received: reader.accounting(RUN.id, "v2").map(({ count }) => count),
    compared: flat(reader.outcomes(RUN.id, "v2")).map(({ fields, count }) => [fields[0]?.path ?? "", count]),
    latencies: latencyRows(reader.latencies(RUN.id, "v2")).map(({ endpoint, count }) => [endpoint, count]),
    minutes: [...new Set(reader.latencyMinutes(RUN.id, "v2", undefined).map(({ minute }) => minute))],
    samples: reader.samples(RUN.id, "v2", { limit: 9 }).map(({ id }) => id),
  };
}

describe("retention by age", () => {
  it("deletes minutes of all counters and samples beyond the maximum age, and keeps totals consistent", () => {
    const { writer, reader } = openBoth({ maxAgeMs: DAY });
    const now = NOON + 2 * DAY;
    const [old, recent] = [(now - DAY - 2 * HOUR) / 60_000, (now - DAY + HOUR) / 60_000];
    writer.commit(RUN.id, [minuteBatch(old - 1), minuteBatch(old), minuteBatch(recent)]);
    retainAll(writer, now);
    expect(remaining(reader)).toEqual({
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
  ])("deletes nothing before its age if the clock is %s", (_, error) => {
    const { writer, reader } = openBoth({ maxAgeMs: 2 * HOUR });
    const all = [MINUTE, MINUTE + 60, MINUTE + 119];
    writer.commit(RUN.id, all.map(minuteBatch));
    retainAll(writer, NOON + 2 * HOUR + error);
    expect(remaining(reader)["minutes"]).toEqual(all);
    expect(reader.samples(RUN.id, "v2", { limit: 9 })).toHaveLength(3);
  });

  it("deletes empty runs, but never the active one", () => {
    const { writer, reader, path } = openBoth({ maxAgeMs: DAY });
    const finished: Run = { ...RUN, id: "finished", startedAt: NOON - DAY };
    const earlier = openSqliteWriter(path, OPTIONS);
    earlier.beginRun(finished);
    earlier.commit(finished.id, [minuteBatch(MINUTE - 1440)]);
    earlier.close();
    retainAll(writer, NOON);
    expect(reader.runs().map(({ id }) => id)).toEqual([RUN.id, "finished"]);
    retainAll(writer, NOON + 100 * DAY);
    expect(reader.runs().map(({ id }) => id)).toEqual([RUN.id]);
    writer.commit(RUN.id, [minuteBatch(MINUTE)]);
    expect(remaining(reader)["received"]).toEqual([2]);
  });

  it("frees space under the limits for new endpoints and sets", () => {
    const path = newPath();
    const options = {
      ...OPTIONS,
      maxEndpoints: 1,
      maxDifferenceSets: 1,
      retention: { maxAgeMs: DAY, maxBytes: UNLIMITED },
    };
    const writer = openSqliteWriter(path, options);
    writer.beginRun(RUN);
    const at = (minute: number, endpoint: string, path: string) =>
      writer.commit(RUN.id, [
        batch(`${minute}`, {
          outcomes: [outcome({ slot: minute * SLOTS_PER_MINUTE, endpoint, fields: [field(path)] })],
        }),
      ]);
    at(MINUTE, "GET /old", "$.old");
    retainAll(writer, NOON + 3 * DAY);
    at(MINUTE + 3 * 1440, "GET /new", "$.new");
    const rows = flat(openSqliteReader(path).outcomes(RUN.id, "v2"));
    expect(rows.map(({ endpoint, fields, beyondCap }) => [endpoint, fields[0]?.path, beyondCap])).toEqual([
      ["GET /new", "$.new", false],
    ]);
  });
});

function bigSample(at: number): Sample {
  const legs = { primary: leg("v1", randomBytes(20_000)), candidate: leg("v2"), secondary: null };
  return sample(`${at}`, { at: NOON + at, legs });
}

describe("retention by size", () => {
  const MIB = 1024 * 1024;

  it("deletes the oldest samples first, keeps all counts, and shrinks the file", () => {
    const { path, writer, reader } = openBoth({ maxBytes: MIB });
    writer.commit(RUN.id, [
      batch("1", {
        outcomes: [outcome({ count: 300 })],
        samples: Array.from({ length: 300 }, (_, at) => bigSample(at)),
      }),
    ]);
    retainAll(writer, NOON);
    expect(statSync(path).size).toBeLessThanOrEqual(MIB);
    const kept = reader.samples(RUN.id, "v2", { limit: 999 }).map(({ id }) => Number(id));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, at) => 299 - at));
    expect(reader.sample(RUN.id, "299", "v2")?.legs.primary.body.content).toHaveLength(20_000);
    expect(flat(reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([300]);
  });

  it("then deletes the oldest minutes, also of the active run, and the rest adds up", () => {
    const { path, writer, reader } = openBoth({ maxBytes: MIB });
    for (let minute = 0; minute < 120; minute += 1) {
      const at = MINUTE + minute;
      const slot = at * SLOTS_PER_MINUTE;
      const latencies = Array.from({ length: 1_500 }, (_, bucket) =>
        latency({ slot, bucket: bucket % 400, endpoint: `GET /${Math.floor(bucket / 400)}` }),
      );
      writer.commit(RUN.id, [
        batch(`${minute}`, {
          latencies,
          outcomes: [outcome({ slot })],
          accounting: [received(1, { minute: at })],
        }),
      ]);
    }
    expect(statSync(path).size).toBeGreaterThan(MIB);
    retainAll(writer, NOON);
    expect(statSync(path).size).toBeLessThanOrEqual(MIB);
    const minutes = remaining(reader)["minutes"] as number[];
    expect(minutes.length).toBeGreaterThan(10);
    expect(minutes).toEqual(Array.from({ length: minutes.length }, (_, at) => MINUTE + 120 - minutes.length + at));
    expect(remaining(reader)["received"]).toEqual([minutes.length]);
    expect(remaining(reader)["compared"]).toEqual([["", minutes.length]]);
    const latencies = minuteRows(reader.latencyMinutes(RUN.id, "v2", undefined));
    expect(latencies.reduce((sum, { count }) => sum + count, 0)).toBe(minutes.length * 1_500);
    // The blocks that remain begin after the deleted minutes.
    const blocks = flat(reader.blocks(RUN.id, "v2"));
    const compared = blocks.flatMap(({ outcomes }) => outcomes).reduce((sum, { count }) => sum + count, 0);
    expect(compared).toBe(minutes.filter((minute) => minute * 60_000 >= (blocks[0]?.startedAt ?? Infinity)).length);
    expect(minutes.length - compared).toBeLessThan(minutes.length / 8);
    expect(latencyRows(reader.latencies(RUN.id, "v2")).reduce((sum, { count }) => sum + count, 0)).toBe(
      compared * 1_500,
    );
  });

  it("ends when there is nothing left to delete, however small the limit", () => {
    const { writer, reader } = openBoth({ maxBytes: 1 });
    writer.commit(RUN.id, [minuteBatch(MINUTE)]);
    retainAll(writer, NOON);
    expect(remaining(reader)).toEqual({ received: [], compared: [], latencies: [], minutes: [], samples: [] });
    expect(reader.runs()).toEqual([RUN]);
  });
});

it("remembers the ids of the last 100,000 batches, regardless of the clock", () => {
  const { path, writer, reader } = openBoth({ maxAgeMs: HOUR });
  const many = Array.from({ length: 100_001 }, (_, at) => batch(`${at}`, { accounting: [received(1)] }));
  writer.commit(RUN.id, many);
  retainAll(writer, NOON);
  writer.commit(RUN.id, many.slice(1));
  expect(reader.accounting(RUN.id, "v2").map(({ count }) => count)).toEqual([100_001]);
  const db = new Sqlite(path, { readonly: true });
  expect(db.prepare("SELECT count(*) FROM batch").pluck().get()).toBe(100_000);
  db.close();
});
