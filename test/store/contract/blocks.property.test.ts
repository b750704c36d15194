import * as fc from "fast-check";
import { expect, it } from "vitest";
import { minuteOfSlot, slotOf, SLOTS_PER_MINUTE } from "../../../src/lib/time-slots.ts";
import type { ResultBatch } from "../../../src/model/batch.ts";
import type { DifferingField, FeatureCount, OutcomeCount } from "../../../src/model/difference.ts";
import type { LatencySeries } from "../../../src/model/latency.ts";
import { MAX_BLOCKS } from "../../../src/store/block-layout.ts";
import type { OutcomeRow, PerEndpoint, TimeBlock } from "../../../src/store/store.ts";
import { timeBlocks } from "../../report/memory-blocks.ts";
import { batch, field, flat, latencyRows, MINUTE, outcome, RUN, SLOT } from "../store-fixture.ts";
import type { TestStore } from "./engine.ts";
import { describeStores } from "./engines.ts";

const SERIES: readonly LatencySeries[] = ["primary", "candidate", "secondary", "ratio", "bias", "twin"];

/** One request: dense traffic at times, long pauses, and some requests that are committed late. */
const request = fc.record({
  gap: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 3 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 4_000 }) },
  ),
  delay: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 400 }) }),
  endpoint: fc.constantFrom("GET /a", "GET /b"),
  candidate: fc.constantFrom("v2", "v3"),
  paired: fc.boolean(),
  paths: fc.subarray(["$.a", "$.b"]),
  status: fc.constantFrom(200, 404, 503, 0),
  bucket: fc.integer({ min: -2_900, max: 8_000 }),
  series: fc.constantFrom(...SERIES),
  count: fc.integer({ min: 1, max: 300 }),
  feature: fc.option(fc.constantFrom("null", "now", "far")),
  backToBack: fc.boolean(),
});
/** Enough requests that blocks of several levels merge. */
const requests = fc.array(request, { minLength: 1, maxLength: 400 });
/** How many requests a batch has, how many batches a commit, and whether the writer is reopened afterwards. */
const grouping = fc.array(
  fc.record({
    requests: fc.integer({ min: 1, max: 60 }),
    batches: fc.integer({ min: 1, max: 4 }),
    reopens: fc.boolean(),
    reads: fc.boolean(),
  }),
  { maxLength: 12 },
);

type Request = (typeof request extends fc.Arbitrary<infer One> ? One : never) & { readonly slot: number };

function inTime(all: readonly Omit<Request, "slot">[]): readonly Request[] {
  let now = SLOT;
  return all.map((one) => {
    now += one.gap;
    return { ...one, slot: now - one.delay };
  });
}

const NO_QUERIES: ReadonlyMap<string, number> = new Map();

function toBatch(id: string, all: readonly Request[]): ResultBatch {
  const places = all.map(({ slot, endpoint, candidate }) => ({ slot, endpoint, candidate, route: "default" }));
  const at = (index: number) => places[index] as (typeof places)[number];
  return batch(id, {
    outcomes: all.map(({ paired, paths, count }, index) => {
      const fields = paths.map((path): DifferingField => field(path));
      return { ...at(index), paired, fields, overflow: false, count, queries: NO_QUERIES };
    }),
    statuses: all.flatMap(({ status, count }, index) => {
      const pair = { ...at(index), primary: 200, count };
      return [
        { ...pair, role: "candidate" as const, other: status },
        { ...pair, role: "secondary" as const, other: 200 },
      ];
    }),
    latencies: all.flatMap(({ series, bucket, count }, index) => [
      { ...at(index), series: "primary" as const, bucket: 40, count },
      { ...at(index), series, bucket, count },
    ]),
    features: all.flatMap(({ feature, count, paired }, index) =>
      feature === null
        ? []
        : [
            {
              ...at(index),
              section: "body" as const,
              path: "$.a",
              feature,
              candidateOnly: paired ? count : 0,
              secondaryOnly: paired ? 0 : count,
            },
          ],
    ),
    pacing: all.flatMap(({ backToBack }, index) => (backToBack ? [{ ...at(index), backToBack: 1 }] : [])),
  });
}

/** Blocks do not count parameters. */
function withoutQueries({ slot, route, endpoint, candidate, paired, fields, overflow, count }: OutcomeCount) {
  return { slot, route, endpoint, candidate, paired, fields, overflow, count, beyondCap: false };
}

/** The blocks of the in-memory reader of the same counts. */
function expectedBlocks(all: readonly Request[], candidate: string): Blocks {
  const { outcomes, statuses, latencies, features, pacing } = toBatch(
    "all",
    all.filter((one) => one.candidate === candidate),
  );
  return timeBlocks({
    outcomes: outcomes.map(withoutQueries),
    statuses,
    latencies,
    features,
    pacing,
  });
}

type Blocks = readonly PerEndpoint<readonly TimeBlock[]>[];

/** With rows in an order that does not depend on keys of the database. */
function sorted(all: Blocks): unknown {
  return all
    .map(({ endpoint, rows }) => ({
      endpoint,
      rows: rows.map((block) => ({
        ...block,
        outcomes: byText(block.outcomes),
        statuses: byText(block.statuses),
        features: byText(block.features),
      })),
    }))
    .toSorted((one, other) => (one.endpoint < other.endpoint ? -1 : 1));
}

function byText<Row>(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, other) => (canonical(one) < canonical(other) ? -1 : 1));
}

function canonical(row: unknown): string {
  return JSON.stringify(Object.entries(row as object).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

interface Group {
  readonly requests: number;
  readonly batches: number;
  readonly reopens: boolean;
  readonly reads: boolean;
}

/** Commits all requests, and reads the blocks in between with the same reader. */
async function commitAll(store: TestStore, all: readonly Request[], groups: readonly Group[]): Promise<void> {
  let { writer } = store;
  let from = 0;
  const rest: Group = { requests: all.length, batches: 1, reopens: false, reads: false };
  for (const { requests, batches, reopens, reads } of [...groups, rest]) {
    const group = Array.from({ length: batches }, (_, index) => {
      const begin = from + index * requests;
      return toBatch(`${begin}`, all.slice(begin, begin + requests));
    });
    from += batches * requests;
    await writer.commit(RUN.id, group);
    // A redelivered batch changes nothing.
    await writer.commit(RUN.id, group);
    if (reads) await store.reader.latencies(RUN.id, "v2");
    if (reopens) writer = await store.reopen();
  }
}

function sumsOf<Row extends { readonly count: number }>(rows: readonly Row[], keyOf: (row: Row) => unknown) {
  const sums: Record<string, number> = {};
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    sums[key] = (sums[key] ?? 0) + row.count;
  }
  return sums;
}

const setOf = ({ endpoint, paired, fields }: OutcomeRow) => [endpoint, paired, fields];

function statusOf({ count: _count, ...pair }: TimeBlock["statuses"][number]) {
  return pair;
}

function bucketOf({ endpoint, series, bucket }: ReturnType<typeof latencyRows>[number]) {
  return [endpoint, series, bucket].join(" ");
}

function feature(number: number): FeatureCount & { slot: number } {
  return {
    slot: SLOT,
    route: "default",
    endpoint: "GET /a",
    candidate: "v2",
    section: "body",
    path: `$.f${number}`,
    feature: "null",
    candidateOnly: 1,
    secondaryOnly: 2,
  };
}

/** Exchanges of one hour; in every other one, each of those that differ stands for 16 requests. */
function leveledBatch(hour: number): ResultBatch {
  const slot = SLOT + hour * 60 * SLOTS_PER_MINUTE;
  const level = hour % 2 === 0 ? 0 : 4;
  const place = { slot, route: "default", endpoint: "GET /a", candidate: "v2", count: 3, level };
  return batch(`${hour}`, {
    outcomes: [outcome({ ...place, fields: [field("$.a")] }), outcome({ ...place, level: 0 })],
    statuses: [
      { ...place, primary: 200, other: 500, role: "candidate" },
      { ...place, primary: 200, other: 500, role: "secondary" },
    ],
  });
}

function weightOf(rows: readonly { readonly count: number; readonly weight?: number | undefined }[]): number {
  return rows.reduce((sum, { count, weight = count }) => sum + weight, 0);
}

describeStores("blocks", (engine) => {
  it("are those of the in-memory reader, for any grouping, late requests, restarts and reads in between", async () => {
    await fc.assert(
      fc.asyncProperty(requests, grouping, async (all, groups) => {
        const store = await engine.open();
        const timed = inTime(all);
        await commitAll(store, timed, groups);
        for (const candidate of RUN.candidates) {
          const blocks = await store.reader.blocks(RUN.id, candidate);
          expect(sorted(blocks)).toEqual(sorted(expectedBlocks(timed, candidate)));
          for (const { rows } of blocks) {
            expect(rows.length).toBeLessThanOrEqual(MAX_BLOCKS);
            expect(rows.every((block, at) => block.startedAt >= (rows[at - 1]?.endsAt ?? 0))).toBe(true);
          }
        }
      }),
      { numRuns: engine.runs(40) },
    );
  });

  it("add up to the totals of outcomes, statuses and latencies", async () => {
    await fc.assert(
      fc.asyncProperty(requests, grouping, async (all, groups) => {
        const store = await engine.open();
        await commitAll(store, inTime(all), groups);
        const { reader } = store;
        for (const candidate of RUN.candidates) {
          const stored = await reader.blocks(RUN.id, candidate);
          const blocks = flat(stored);
          const totals = flat(await reader.outcomes(RUN.id, candidate));
          const outcomes = blocks.flatMap((block) => block.outcomes);
          expect(sumsOf(outcomes, setOf)).toEqual(sumsOf(totals, setOf));
          const statuses = blocks.flatMap((block) => block.statuses);
          expect(sumsOf(statuses, statusOf)).toEqual(sumsOf(flat(await reader.statuses(RUN.id, candidate)), statusOf));
          const latencies = stored.flatMap(({ route, endpoint, rows }) =>
            latencyRows(rows.map((block) => ({ route, endpoint, rows: block.latencies }))),
          );
          const total = latencyRows(await reader.latencies(RUN.id, candidate));
          expect(sumsOf(latencies, bucketOf)).toEqual(sumsOf(total, bucketOf));
          // The same lists of fields, so that callers can compare them by identity.
          const lists = new Set(totals.map(({ fields }) => fields));
          expect(outcomes.every(({ fields }) => lists.has(fields))).toBe(true);
        }
      }),
      { numRuns: engine.runs(25) },
    );
  });

  it("that begin after the deleted minutes are kept", async () => {
    const retention = { maxAgeMs: 0, maxBytes: Number.MAX_SAFE_INTEGER };
    const unit = engine.retentionMinutes;
    await fc.assert(
      fc.asyncProperty(requests, fc.integer({ min: 0, max: 40 }), async (all, units) => {
        const { writer, reader } = await engine.open({ retention });
        const slotsPerUnit = unit * SLOTS_PER_MINUTE;
        const spread = inTime(all).map((one) => ({ ...one, slot: SLOT + Math.floor((one.slot - SLOT) * unit) }));
        await writer.commit(RUN.id, [toBatch("all", spread)]);
        for (const candidate of RUN.candidates) await reader.blocks(RUN.id, candidate);
        const firstKept = Math.floor(MINUTE / unit + units) * unit;
        // Retention keeps rows for an additional hour.
        while (await writer.applyRetention((firstKept + 60) * 60_000));
        const deleted = spread.filter(({ slot }) => minuteOfSlot(slot) < firstKept);
        const deletedUnits = deleted.map(({ slot }) => Math.floor(slot / slotsPerUnit));
        const begin = deleted.length === 0 ? 0 : (Math.max(...deletedUnits) + 1) * slotsPerUnit;
        for (const candidate of RUN.candidates) {
          const remaining = expectedBlocks(spread, candidate)
            .map((one) => ({ ...one, rows: one.rows.filter((block) => slotOf(block.startedAt) >= begin) }))
            .filter(({ rows }) => rows.length > 0);
          expect(sorted(await reader.blocks(RUN.id, candidate))).toEqual(sorted(remaining));
        }
      }),
      { numRuns: engine.runs(25) },
    );
  });

  it("count features beyond 500 of an endpoint together, one row per section", async () => {
    const { writer, reader, reopen } = await engine.open();
    const features = Array.from({ length: 503 }, (_, number) => feature(number));
    await writer.commit(RUN.id, [batch("1", { features })]);
    const next = await reopen();
    await next.commit(RUN.id, [batch("2", { features: [feature(0), feature(900)] })]);
    const stored = flat(await reader.blocks(RUN.id, "v2")).flatMap((block) => block.features);
    expect(stored).toHaveLength(501);
    expect(stored.find((one) => one.path === "$.f0")).toMatchObject({ candidateOnly: 2, secondaryOnly: 4 });
    expect(stored.find((one) => one.path === "")).toMatchObject({ feature: "", candidateOnly: 4, secondaryOnly: 8 });
  });

  it("say how many requests their exchanges stand for, also after merging and a restart", async () => {
    const { writer, reader, reopen } = await engine.open();
    const HOURS = 90;
    const all = Array.from({ length: HOURS }, (_, hour) => leveledBatch(hour));
    await writer.commit(RUN.id, all.slice(0, 31));
    const next = await reopen();
    for (const each of all.slice(31)) await next.commit(RUN.id, [each]);
    const blocks = flat(await reader.blocks(RUN.id, "v2"));
    expect(blocks.length).toBeLessThan(HOURS);
    const outcomes = blocks.flatMap((block) => block.outcomes);
    expect(weightOf(outcomes.filter(({ fields }) => fields.length > 0))).toBe(45 * 3 + 45 * 3 * 16);
    expect(weightOf(outcomes.filter(({ fields }) => fields.length === 0))).toBe(HOURS * 3);
    const statuses = blocks.flatMap((block) => block.statuses);
    expect(weightOf(statuses.filter(({ role }) => role === "candidate"))).toBe(45 * 3 + 45 * 3 * 16);
    expect(weightOf(statuses.filter(({ role }) => role === "secondary"))).toBe(HOURS * 3);
    expect(new Set(blocks.map(({ largestWeight = 1 }) => largestWeight))).toContain(16);
    expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([HOURS * 3, HOURS * 3]);
  });

  it("are the same objects, also those of an endpoint together, until they change", async () => {
    const { writer, reader } = await engine.open();
    const at = (id: string, endpoint: string, slot: number) =>
      writer.commit(RUN.id, [batch(id, { outcomes: [outcome({ slot, endpoint, paired: true })] })]);
    for (const [index, slot] of [SLOT, SLOT + 1, SLOT + 2].entries()) await at(`a${index}`, "GET /a", slot);
    await at("b", "GET /b", SLOT);
    const [a, b] = await reader.blocks(RUN.id, "v2");
    await at("late", "GET /a", SLOT + 1);
    const [nextA, nextB] = await reader.blocks(RUN.id, "v2");
    expect(nextB).toBe(b);
    expect(nextA?.rows.map((block, index) => block === a?.rows[index])).toEqual([true, false, true]);
    expect(nextA?.rows[1]?.outcomes[0]?.count).toBe(2);
    expect((await reader.blocks(RUN.id, "v2"))[0]).toBe(nextA);
  });
});
