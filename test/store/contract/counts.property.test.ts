import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { AccountingCount } from "../../../src/model/accounting.ts";
import type { ResultBatch } from "../../../src/model/batch.ts";
import type { DifferingField, OutcomeCount } from "../../../src/model/difference.ts";
import type { LatencyCount, LatencySeries } from "../../../src/model/latency.ts";
import { minuteOfSlot, SLOTS_PER_MINUTE } from "../../../src/lib/time-slots.ts";
import type { OutcomeRow } from "../../../src/store/store.ts";
import {
  batch,
  field,
  flat,
  latency,
  latencyRows,
  MINUTE,
  minuteRows,
  outcome,
  received,
  RUN,
  SLOT,
} from "../store-fixture.ts";
import type { TestStore } from "./engine.ts";
import { describeStores } from "./engines.ts";

const minute = fc.integer({ min: MINUTE, max: MINUTE + 3 });
const slot = fc.integer({ min: SLOT, max: SLOT + 4 * SLOTS_PER_MINUTE - 1 });
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
const queryNames = fc.subarray(["__proto__", "_page", "q"]).map((names) => names.join("\n"));
const outcomeOf = fc
  .record({ slot, endpoint, candidate, count, fields, paired: fc.boolean(), queryNames })
  .map(({ queryNames: names, ...parts }) => outcome({ ...parts, queries: new Map([[names, parts.count]]) }));
const series = fc.constantFrom<LatencySeries>("primary", "candidate", "secondary", "ratio", "bias", "twin");
const countOf = fc
  .record({ slot, endpoint, candidate, series, bucket: fc.integer({ min: -2_900, max: 8_000 }), count })
  .map(latency);
/** A ratio, like every value of a response, comes with the duration of the primary's response. */
const latenciesOf = countOf.map((row) => [row, { ...row, series: "primary" as const, bucket: 40 }]);
const accountingOf = fc
  .record({ minute, candidate, count, fate: fc.constantFrom("received", "mirrored", "sampledOut") })
  .map(({ count, ...parts }) => received(count, parts));
const batches = fc
  .array(
    fc.record({
      outcomes: fc.array(outcomeOf, { maxLength: 8 }),
      latencies: fc.array(latenciesOf, { maxLength: 8 }).map((all) => all.flat()),
      accounting: fc.array(accountingOf, { maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((all) => all.map((parts, at) => batch(`${at}`, parts)));
/** Which batches are committed together, which transactions fail, and when the writer is reopened. */
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

interface Delivery {
  readonly first: number;
  readonly size: number;
  readonly fails: boolean;
  readonly reopens: boolean;
}

async function deliver(store: TestStore, all: readonly ResultBatch[], plan: readonly Delivery[]): Promise<void> {
  let { writer } = store;
  const everything: Delivery = { first: 0, size: all.length, fails: false, reopens: false };
  for (const { first, size, fails, reopens } of [...plan, everything]) {
    const group = all.slice(first, first + size);
    await (fails ? store.failToCommit(group) : writer.commit(RUN.id, group));
    if (reopens) writer = await store.reopen();
  }
}

/** The rows of both candidates. */
async function read<Row>(query: (candidate: string) => Promise<readonly Row[]>): Promise<Row[]> {
  return (await Promise.all(RUN.candidates.map(query))).flat();
}

function setOf({
  endpoint,
  candidate,
  paired,
  fields,
}: Pick<OutcomeCount, "endpoint" | "candidate" | "paired" | "fields">): unknown[] {
  return [endpoint, candidate, paired, fields];
}

type NamedRow = Pick<OutcomeCount, "endpoint" | "candidate" | "paired" | "fields" | "count"> & {
  readonly name: string;
};

/** One row for each query parameter of each exchange, and one for each exchange. */
function countedNames(row: OutcomeCount): NamedRow[] {
  return [...row.queries].flatMap(([names, count]) =>
    ["all", ...names.split("\n")].map((name) => ({ ...row, name, count })),
  );
}

function storedNames({ parameters, ...row }: OutcomeRow): NamedRow[] {
  const { counted, none, other, names } = parameters ?? { counted: 0, none: 0, other: 1, names: new Map() };
  return [["all", counted] as const, ["", none] as const, ["other", other] as const, ...names]
    .filter(([, count]) => count > 0)
    .map(([name, count]) => ({ ...row, name, count }));
}

function byName({ name, ...row }: NamedRow): unknown[] {
  return [...setOf(row), name];
}

type BucketRow = Pick<LatencyCount, "series" | "bucket"> & { readonly minute: number };

function bucketOf({ endpoint, series, bucket }: Pick<LatencyCount, "endpoint" | "series" | "bucket">): unknown[] {
  return [endpoint, series, bucket];
}

function isDuration({ series }: Pick<LatencyCount, "series">): boolean {
  return ["primary", "candidate", "secondary"].includes(series);
}

/** The rows that are also kept per minute. */
function inMinutes(rows: readonly LatencyCount[]) {
  return rows.filter(isDuration).map((row) => ({ ...row, minute: minuteOfSlot(row.slot) }));
}

function byMinute({ minute, series, bucket }: BucketRow): unknown[] {
  return [minute, series, bucket];
}

function ofMinute({ endpoint, ...row }: BucketRow & { readonly endpoint: string }): unknown[] {
  return [endpoint, ...byMinute(row)];
}

/** Each minute becomes a period that retention deletes at once. */
function spreadOver(minutes: number): (row: LatencyCount) => LatencyCount {
  return (row) => {
    const offset = row.slot - SLOT;
    const passed = Math.floor(offset / SLOTS_PER_MINUTE) * (minutes - 1) * SLOTS_PER_MINUTE;
    return { ...row, slot: row.slot + passed };
  };
}

function fateOf({ candidate, fate }: AccountingCount): unknown[] {
  return [candidate, fate];
}

const differs = ({ fields, overflow }: Pick<OutcomeCount, "fields" | "overflow">): boolean =>
  overflow || fields.some(({ mark }) => mark !== "noise");

describeStores("counts", (engine) => {
  it("are the sums of all batches, each counted once, regardless of redelivery, failed commits and reopening", async () => {
    await fc.assert(
      fc.asyncProperty(batches, deliveries, async (all, plan) => {
        const store = await engine.open();
        await deliver(store, all, plan);
        const { reader } = store;
        const outcomes = all.flatMap((one) => one.outcomes);
        const stored = await read(async (v) => flat(await reader.outcomes(RUN.id, v)));
        expect(sums(stored, setOf)).toEqual(sums(outcomes, setOf));
        const named = stored.flatMap((row) => storedNames(row));
        expect(sums(named, byName)).toEqual(sums(outcomes.flatMap(countedNames), byName));

        const latencies = all.flatMap((one) => one.latencies);
        const totals = await read(async (v) =>
          latencyRows(await reader.latencies(RUN.id, v)).map((row) => ({ ...row, candidate: v })),
        );
        expect(sums(totals, bucketOf)).toEqual(sums(latencies, bucketOf));
        const minutes = await read(async (v) => minuteRows(await reader.latencyMinutes(RUN.id, v, undefined)));
        const durations = inMinutes(latencies);
        expect(sums(minutes, byMinute)).toEqual(sums(durations, byMinute));

        const ofEndpoints = await read(async (v) => {
          const rows = ["GET /a", "GET /b", "POST /c", "GET /d"].map(async (endpoint) =>
            minuteRows(await reader.latencyMinutes(RUN.id, v, endpoint)).map((row) => ({ ...row, endpoint })),
          );
          return (await Promise.all(rows)).flat();
        });
        expect(sums(ofEndpoints, ofMinute)).toEqual(sums(durations, ofMinute));

        const fates = await read((v) => reader.accounting(RUN.id, v));
        const counted = all.flatMap((one) => one.accounting);
        expect(sums(fates, fateOf)).toEqual(sums(counted, fateOf));
      }),
      { numRuns: engine.runs(25) },
    );
  });

  it("of compared, differed and paired exchanges are exact beyond the limits", async () => {
    await fc.assert(
      fc.asyncProperty(batches, deliveries, async (all, plan) => {
        const store = await engine.open({ maxEndpoints: 2, maxDifferenceSets: 2 });
        await deliver(store, all, plan);
        for (const candidate of RUN.candidates) {
          const kindOf = (row: Pick<OutcomeCount, "fields" | "overflow" | "paired">) => [row.paired, differs(row)];
          const rows = flat(await store.reader.outcomes(RUN.id, candidate));
          const expected = all.flatMap((one) => one.outcomes).filter((one) => one.candidate === candidate);
          expect(sums(rows, kindOf)).toEqual(sums(expected, kindOf));
          const exact = rows.filter(({ beyondCap, fields }) => !beyondCap && fields.length > 0);
          for (const sets of Map.groupBy(exact, (row) => row.endpoint).values())
            expect(sets.length).toBeLessThanOrEqual(2);
        }
        const rows = await read(async (v) => flat(await store.reader.outcomes(RUN.id, v)));
        const names = rows.map((row) => row.endpoint);
        expect(new Set(names.filter((name) => !name.startsWith("("))).size).toBeLessThanOrEqual(2);
      }),
      { numRuns: engine.runs(25) },
    );
  });

  it("of durations are the sums of the remaining minutes after retention", async () => {
    const retention = { maxAgeMs: 0, maxBytes: Number.MAX_SAFE_INTEGER };
    const unit = engine.retentionMinutes;
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 0, max: 4 }), async (all, units) => {
        const { writer, reader } = await engine.open({ retention });
        const spread = all.map((one) => ({ ...one, outcomes: [], latencies: one.latencies.map(spreadOver(unit)) }));
        await writer.commit(RUN.id, spread);
        const firstKept = Math.floor(MINUTE / unit + units) * unit;
        // Retention keeps rows for an additional hour.
        while (await writer.applyRetention((firstKept + 60) * 60_000));
        for (const candidate of RUN.candidates) {
          const expected = spread.flatMap(({ latencies }) => latencies).filter((row) => row.candidate === candidate);
          const remaining = expected.filter(({ slot }) => minuteOfSlot(slot) >= firstKept);
          const durations = latencyRows(await reader.latencies(RUN.id, candidate)).filter(isDuration);
          expect(sums(durations, bucketOf)).toEqual(sums(remaining.filter(isDuration), bucketOf));
          expect(sums(minuteRows(await reader.latencyMinutes(RUN.id, candidate, undefined)), byMinute)).toEqual(
            sums(inMinutes(remaining), byMinute),
          );
        }
      }),
      { numRuns: engine.runs(25) },
    );
  });
});
