import { describe, expect, it } from "vitest";
import type { RelationCount, StatusPairCount } from "../../../../src/model/difference.ts";
import type { LatencyPair } from "../../../../src/model/latency.ts";
import type { RuleHitCount } from "../../../../src/model/rule.ts";
import { LATENCY_PAIRS_KEPT } from "../../../../src/model/latency.ts";
import { openSqliteReader } from "../../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../../src/store/sqlite/write/sqlite-writer.ts";
import type { LatencySample, StoreReader, StoreWriter } from "../../../../src/store/store.ts";
import { batch, flat, NOON, OPTIONS, outcome, RUN } from "../../store-fixture.ts";
import { newPath } from "../../new-path.ts";

const ENDPOINT = { route: "default", endpoint: "GET /users/{id}", candidate: "v2" };
const WEEK_MS = 7 * 24 * 3_600_000;

function relation(count: number, parts: Partial<RelationCount> = {}): RelationCount {
  return { ...ENDPOINT, section: "body", path: "$.price", kind: "value", relation: "rounding", count, ...parts };
}

function statuses(
  primary: number,
  other: number,
  count: number,
  role: StatusPairCount["role"] = "candidate",
): StatusPairCount {
  return { ...ENDPOINT, primary, other, role, count };
}

function hit(rule: string, count: number): RuleHitCount {
  return { ...ENDPOINT, rule, count };
}

function pair(draw: number, parts: Partial<LatencyPair> = {}): LatencyPair {
  return { ...ENDPOINT, draw, primaryMs: 1.5, candidateMs: 2.5, secondaryMs: null, ...parts };
}

function openBoth(path = newPath()): { path: string; writer: StoreWriter; reader: StoreReader } {
  const writer = openSqliteWriter(path, OPTIONS);
  writer.beginRun(RUN);
  return { path, writer, reader: openSqliteReader(path) };
}

describe("counts per run", () => {
  it("adds up relations, status pairs and rule hits over batches, and counts a redelivered batch once", () => {
    const { writer, reader } = openBoth();
    const first = batch("1", {
      relations: [relation(2), relation(1, { relation: "times-100" })],
      statuses: [statuses(200, 404, 3), statuses(200, 200, 4, "secondary")],
      ruleHits: [hit("config-1", 5)],
    });
    writer.commit(RUN.id, [first, batch("2", { relations: [relation(3)], statuses: [statuses(404, 200, 7)] })]);
    writer.commit(RUN.id, [first, batch("3", { ruleHits: [hit("config-1", 1), hit("rule-a", 2)] })]);
    expect(flat(reader.relations(RUN.id, "v2"))).toEqual([relation(5), relation(1, { relation: "times-100" })]);
    expect(flat(reader.statuses(RUN.id, "v2"))).toEqual([
      statuses(200, 404, 3),
      statuses(404, 200, 7),
      statuses(200, 200, 4, "secondary"),
    ]);
    expect(reader.ruleHits(RUN.id, "v2")).toEqual([hit("config-1", 6), hit("rule-a", 2)]);
    expect(flat(reader.relations(RUN.id, "v3"))).toEqual([]);
  });

  it("counts relations beyond 2,000 per endpoint under an empty path, also after a reopening", () => {
    const { path, writer, reader } = openBoth();
    const many = Array.from({ length: 2_003 }, (_, at) => relation(1, { path: `$.f${at}` }));
    writer.commit(RUN.id, [batch("1", { relations: many })]);
    writer.close();
    const next = openBoth(path).writer;
    next.commit(RUN.id, [batch("2", { relations: [relation(4, { path: "$.new" }), relation(1, { path: "$.f0" })] })]);
    const rows = flat(reader.relations(RUN.id, "v2"));
    expect(rows).toHaveLength(2_001);
    expect(rows.find(({ path: of }) => of === "")).toEqual(relation(7, { path: "" }));
    expect(rows.find(({ path: of }) => of === "$.f0")?.count).toBe(2);
  });

  it("counts status pairs beyond 500 by class", () => {
    const { writer, reader } = openBoth();
    const many = Array.from({ length: 500 }, (_, at) => statuses(100 + at, 200, 1));
    writer.commit(RUN.id, [batch("1", { statuses: many })]);
    writer.commit(RUN.id, [
      batch("2", { statuses: [statuses(200, 503, 2), statuses(201, 504, 3), statuses(200, 0, 1)] }),
    ]);
    const rows = flat(reader.statuses(RUN.id, "v2"));
    expect(rows).toHaveLength(502);
    expect(rows.filter(({ primary }) => primary === 299)).toEqual([
      statuses(299, 0, 1),
      statuses(299, 200, 1),
      statuses(299, 599, 5),
    ]);
  });

  it("are deleted together with their endpoint by retention", () => {
    const { writer, reader } = openBoth();
    writer.commit(RUN.id, [
      batch("1", {
        outcomes: [outcome()],
        relations: [relation(1)],
        statuses: [statuses(200, 200, 1)],
        ruleHits: [hit("config-1", 1)],
        pairs: [pair(0.5)],
      }),
    ]);
    while (writer.applyRetention(NOON + WEEK_MS)) continue;
    expect(flat(reader.relations(RUN.id, "v2"))).toHaveLength(1);
    expect(reader.latencyPairs(RUN.id, "v2")).toHaveLength(1);
    while (writer.applyRetention(NOON + WEEK_MS + 2 * 3_600_000)) continue;
    expect(flat(reader.relations(RUN.id, "v2"))).toEqual([]);
    expect(flat(reader.statuses(RUN.id, "v2"))).toEqual([]);
    expect(reader.ruleHits(RUN.id, "v2")).toEqual([]);
    expect(reader.latencyPairs(RUN.id, "v2")).toEqual([]);
    writer.close();
  });
});

/** The draws: the first of the four numbers of each pair. */
function drawsOf(sample: LatencySample | undefined): number[] {
  return [...(sample?.rows ?? [])].filter((_, index) => index % 4 === 0);
}

describe("latency pairs", () => {
  it("are those with the smallest draws, regardless of batches and writers", () => {
    const path = newPath();
    const draws = Array.from({ length: 3_000 }, (_, at) => ((at * 1_237) % 3_000) / 4_096);
    for (let from = 0; from < draws.length; from += 1_000) {
      const { writer } = openBoth(path);
      for (let at = from; at < from + 1_000; at += 100) {
        writer.commit(RUN.id, [batch(`${at}`, { pairs: draws.slice(at, at + 100).map((draw) => pair(draw)) })]);
      }
      writer.close();
    }
    const [kept] = openSqliteReader(path).latencyPairs(RUN.id, "v2");
    const expected = draws.toSorted((a, b) => a - b).slice(0, LATENCY_PAIRS_KEPT);
    expect(drawsOf(kept).toSorted((a, b) => a - b)).toEqual(expected);
  });

  it("are stored with 32-bit precision", () => {
    const { writer, reader } = openBoth();
    writer.commit(RUN.id, [batch("1", { pairs: [pair(0.25, { secondaryMs: 1.1 }), pair(0.5, { candidate: "v3" })] })]);
    expect(reader.latencyPairs(RUN.id, "v2")).toEqual([]);
    writer.flush();
    const { route, endpoint, primaryMs, candidateMs } = pair(0);
    const rowsOf = (draw: number, secondaryMs: number) => [
      { route, endpoint, rows: new Float32Array([draw, primaryMs, candidateMs, secondaryMs]) },
    ];
    expect(reader.latencyPairs(RUN.id, "v2")).toEqual(rowsOf(0.25, 1.1));
    expect(reader.latencyPairs(RUN.id, "v3")).toEqual(rowsOf(0.5, pair(0).secondaryMs ?? Number.NaN));
  });

  it("are not kept from a failed commit, and a killed writer loses only those since the last flush", () => {
    const { path, writer, reader } = openBoth();
    const refused = batch("1", { pairs: [pair(0.1)], accounting: [{ ...COUNT, count: "x" as unknown as number }] });
    expect(() => writer.commit(RUN.id, [refused])).toThrow("cannot store TEXT value in INTEGER column");
    writer.commit(RUN.id, [batch("2", { pairs: [pair(0.2)] })]);
    writer.flush();
    writer.commit(RUN.id, [batch("3", { pairs: [pair(0.3)] })]);
    // The first writer is never closed, as after kill -9.
    const next = openBoth(path).writer;
    next.commit(RUN.id, [batch("4", { pairs: [pair(0.4)] })]);
    next.flush();
    const [kept] = reader.latencyPairs(RUN.id, "v2");
    expect(drawsOf(kept).toSorted((a, b) => a - b)).toEqual([Math.fround(0.2), Math.fround(0.4)]);
  });

  it("share one reservoir beyond the limit of endpoints", () => {
    const path = newPath();
    const writer = openSqliteWriter(path, { ...OPTIONS, maxEndpoints: 1 });
    writer.beginRun(RUN);
    const pairs = ["GET /a", "GET /b", "GET /c"].map((endpoint, at) => pair((at + 1) / 8, { endpoint }));
    writer.commit(RUN.id, [batch("1", { pairs })]);
    writer.close();
    const kept = openSqliteReader(path).latencyPairs(RUN.id, "v2");
    expect(kept.map((sample) => [sample.endpoint === "GET /a", drawsOf(sample)])).toEqual([
      [false, [0.375, 0.25]],
      [true, [0.125]],
    ]);
  });
});

const COUNT = { minute: 1, candidate: "v2", fate: "received", reason: "" } as const;
