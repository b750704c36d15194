import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { DifferingField, OutcomeCount } from "../../src/model/difference.ts";
import type { LatencyCount, LatencySeries } from "../../src/model/latency.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import {
  batch,
  field,
  flat,
  latency,
  latencyRows,
  MINUTE,
  minuteRows,
  OPTIONS,
  outcome,
  received,
  RUN,
} from "./store-fixture.ts";
import { newPath } from "./new-path.ts";

const REFUSED = batch("refused", { accounting: [received("many" as unknown as number)] });

const minute = fc.integer({ min: MINUTE, max: MINUTE + 3 });
const endpoint = fc.constantFrom("GET /a", "GET /b", "POST /c", "GET /d");
const candidate = fc.constantFrom("v2", "v3");
const count = fc.integer({ min: 1, max: 1000 });
const fields = fc
  .subarray(["$.a", "$.b", "$.c"])
  .chain((paths) =>
    fc.tuple(
      ...paths.map((path) => fc.constantFrom("raw", "noise", "both").map((mark): DifferingField => field(path, mark))),
    ),
  );
const outcomeOf = fc.record({ minute, endpoint, candidate, count, fields, paired: fc.boolean() }).map(outcome);
const series = fc.constantFrom<LatencySeries>("primary", "candidate", "secondary", "ratio", "bias");
const latencyOf = fc
  .record({ minute, endpoint, candidate, series, bucket: fc.integer({ min: -177, max: 500 }), count })
  .map(latency);
const accountingOf = fc
  .record({ minute, candidate, count, fate: fc.constantFrom("received", "mirrored", "sampledOut") })
  .map(({ count, ...parts }) => received(count, parts));
const batches = fc
  .array(
    fc.record({
      outcomes: fc.array(outcomeOf, { maxLength: 8 }),
      latencies: fc.array(latencyOf, { maxLength: 8 }),
      accounting: fc.array(accountingOf, { maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((all) => all.map((parts, at) => batch(`${at}`, parts)));
/** Which batches go together, which transactions fail, in which order, and how often each arrives. */
const deliveries = fc.array(
  fc.record({ first: fc.nat(11), size: fc.integer({ min: 1, max: 5 }), fails: fc.boolean(), reopens: fc.boolean() }),
  { maxLength: 12 },
);

function sums<Row extends { readonly count: number }>(
  rows: readonly Row[],
  keyOf: (row: Row) => unknown,
): Map<string, number> {
  const all = new Map<string, number>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    all.set(key, (all.get(key) ?? 0) + row.count);
  }
  return new Map([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function deliver(
  path: string,
  all: readonly ResultBatch[],
  plan: { first: number; size: number; fails: boolean; reopens: boolean }[],
  caps: object,
): void {
  let writer = openSqliteWriter(path, { ...OPTIONS, ...caps });
  writer.beginRun(RUN);
  for (const { first, size, fails, reopens } of [
    ...plan,
    { first: 0, size: all.length, fails: false, reopens: false },
  ]) {
    const group = all.slice(first, first + size);
    const commit = (): void => writer.commit(RUN.id, fails ? [...group, REFUSED] : group);
    expect(errorOf(commit)).toBe(fails ? "cannot store TEXT value in INTEGER column accounting.count" : undefined);
    if (!reopens) continue;
    writer.close();
    writer = openSqliteWriter(path, { ...OPTIONS, ...caps });
    writer.beginRun(RUN);
  }
  writer.close();
}

function errorOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function read<Row>(ask: (candidate: string) => readonly Row[]): Row[] {
  return RUN.candidates.flatMap(ask);
}

function setOf({ endpoint, candidate, paired, fields }: OutcomeCount): unknown[] {
  return [endpoint, candidate, paired, fields];
}

type Place = Pick<LatencyCount, "minute" | "series" | "bucket">;

function bucketOf({ endpoint, series, bucket }: Pick<LatencyCount, "endpoint" | "series" | "bucket">): unknown[] {
  return [endpoint, series, bucket];
}

function byMinute({ minute, series, bucket }: Place): unknown[] {
  return [minute, series, bucket];
}

function ofMinute({ endpoint, ...place }: Place & { readonly endpoint: string }): unknown[] {
  return [endpoint, ...byMinute(place)];
}

const differs = ({ fields, overflow }: Pick<OutcomeCount, "fields" | "overflow">): boolean =>
  overflow || fields.some(({ mark }) => mark !== "noise");

it("the sums in the store are those of the batches, each once, whatever was delivered twice, failed or was reopened", () => {
  fc.assert(
    fc.property(batches, deliveries, (all, plan) => {
      const path = newPath();
      deliver(path, all, plan, {});
      const reader = openSqliteReader(path);
      const outcomes = all.flatMap((one) => one.outcomes);
      expect(
        sums(
          read((v) => flat(reader.outcomes(RUN.id, v))),
          (row) => setOf({ ...row, minute: 0 }),
        ),
      ).toEqual(sums(outcomes, setOf));

      const latencies = all.flatMap((one) => one.latencies);
      const withMinute = (v: string) =>
        latencyRows(reader.latencies(RUN.id, v)).map((row) => ({ ...row, minute: 0, candidate: v }));
      expect(sums(read(withMinute), bucketOf)).toEqual(sums(latencies, bucketOf));
      const minutes = read((v) => minuteRows(reader.latencyMinutes(RUN.id, v, undefined)));
      expect(sums(minutes, byMinute)).toEqual(sums(latencies, byMinute));

      const ofEndpoints = read((v) =>
        ["GET /a", "GET /b", "POST /c", "GET /d"].flatMap((endpoint) =>
          minuteRows(reader.latencyMinutes(RUN.id, v, endpoint)).map((row) => ({ ...row, endpoint })),
        ),
      );
      expect(sums(ofEndpoints, ofMinute)).toEqual(sums(latencies, ofMinute));

      const fateOf = ({ candidate, fate }: (typeof all)[0]["accounting"][0]) => [candidate, fate];
      expect(
        sums(
          read((v) => reader.accounting(RUN.id, v)),
          fateOf,
        ),
      ).toEqual(
        sums(
          all.flatMap((one) => one.accounting),
          fateOf,
        ),
      );
      reader.close();
    }),
    { numRuns: 25 },
  );
});

it("after old minutes were deleted, the sums of latencies are those of the minutes that are left", () => {
  fc.assert(
    fc.property(batches, fc.integer({ min: MINUTE, max: MINUTE + 4 }), (all, firstLeft) => {
      const path = newPath();
      const retention = { maxAgeMs: 0, maxBytes: Number.MAX_SAFE_INTEGER };
      const writer = openSqliteWriter(path, { ...OPTIONS, retention });
      writer.beginRun(RUN);
      writer.commit(RUN.id, all);
      // Rows live an hour longer than their age.
      while (writer.applyRetention((firstLeft + 60) * 60_000));
      writer.close();
      const reader = openSqliteReader(path);
      for (const candidate of RUN.candidates) {
        const given = all.flatMap(({ latencies }) => latencies).filter((row) => row.candidate === candidate);
        const left = given.filter(({ minute }) => minute >= firstLeft);
        expect(sums(latencyRows(reader.latencies(RUN.id, candidate)), bucketOf)).toEqual(sums(left, bucketOf));
        expect(sums(minuteRows(reader.latencyMinutes(RUN.id, candidate, undefined)), byMinute)).toEqual(
          sums(left, byMinute),
        );
      }
      reader.close();
    }),
    { numRuns: 25 },
  );
});

it("beyond the caps the number of compared, differed and paired exchanges stays exact", () => {
  fc.assert(
    fc.property(batches, deliveries, (all, plan) => {
      const path = newPath();
      deliver(path, all, plan, { maxEndpoints: 2, maxDifferenceSets: 2 });
      const reader = openSqliteReader(path);
      for (const candidate of RUN.candidates) {
        const kindOf = (row: Pick<OutcomeCount, "fields" | "overflow" | "paired">) => [row.paired, differs(row)];
        const rows = flat(reader.outcomes(RUN.id, candidate));
        const given = all.flatMap((one) => one.outcomes).filter((one) => one.candidate === candidate);
        expect(sums(rows, kindOf)).toEqual(sums(given, kindOf));
        const exact = rows.filter(({ beyondCap, fields }) => !beyondCap && fields.length > 0);
        for (const sets of Map.groupBy(exact, (row) => row.endpoint).values())
          expect(sets.length).toBeLessThanOrEqual(2);
      }
      const names = RUN.candidates.flatMap((v) => flat(reader.outcomes(RUN.id, v)).map((row) => row.endpoint));
      expect(new Set(names.filter((name) => !name.startsWith("("))).size).toBeLessThanOrEqual(2);
      reader.close();
    }),
    { numRuns: 25 },
  );
});
