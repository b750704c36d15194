import { expect, it } from "vitest";
import { BlockCounts, OUTCOME, packBlock } from "../../../src/store/packing/block-counts.ts";
import { BlockCache, type ChangedRows, type VersionedEndpoint } from "../../../src/store/reading/block-cache.ts";

const RUN = { runId: "run-1", candidate: "v2" };

function endpoint(key: number, version: number): VersionedEndpoint {
  return { key, version, candidate: "v2", route: "default", endpoint: `GET /${key}` };
}

function packed(count: number): Uint8Array {
  const counts = new BlockCounts();
  counts.add(OUTCOME, 1, count);
  return packBlock(counts.entries());
}

/** One old block of an endpoint. */
function changed(endpointKey: number, version: number, count: number | undefined): ChangedRows {
  return {
    old: [{ endpointKey, key: 7, first: 0, level: 0, version }],
    counts: new Map(count === undefined ? [] : [[7, packed(count)]]),
    recent: [],
    sets: [[endpointKey, 1, 0, 0, 0, "[]"]],
    features: [],
  };
}

function countsOf(read: ReturnType<ReturnType<BlockCache["begin"]>["finish"]>): number[] {
  return [...read.values()].flatMap(({ rows }) => rows.flatMap(({ outcomes }) => outcomes.map(({ count }) => count)));
}

it("reads what has changed since the last read, and decodes only that", () => {
  const cache = new BlockCache();
  const first = cache.begin(RUN, [endpoint(1, 4)]);
  expect(first.since).toBe(0);
  const [blocks] = first.finish(changed(1, 4, 10)).values();

  const unchanged = cache.begin(RUN, [endpoint(1, 4)]);
  expect(unchanged.since).toBeUndefined();
  expect([...unchanged.finish(undefined).values()][0]).toBe(blocks);

  // The endpoint has changed, its block has not: its counts are not read.
  const next = cache.begin(RUN, [endpoint(1, 5)]);
  expect(next.since).toBe(4);
  const [again] = next.finish(changed(1, 4, undefined)).values();
  expect(again?.rows[0]).toBe(blocks?.rows[0]);
});

it("reads an older snapshot completely, and what came later again after it", () => {
  const cache = new BlockCache();
  cache.begin(RUN, [endpoint(1, 9)]).finish(changed(1, 9, 90));
  const older = cache.begin(RUN, [endpoint(1, 5)]);
  expect(older.since).toBe(0);
  expect(countsOf(older.finish(changed(1, 5, 50)))).toEqual([50]);
  const newer = cache.begin(RUN, [endpoint(1, 9)]);
  expect(newer.since).toBe(5);
  expect(countsOf(newer.finish(changed(1, 9, 90)))).toEqual([90]);
});

it("finishes reads that overlap, each on its own snapshot", () => {
  const cache = new BlockCache();
  cache.begin(RUN, [endpoint(1, 1)]).finish(changed(1, 1, 10));
  const one = cache.begin(RUN, [endpoint(1, 2)]);
  const other = cache.begin(RUN, [endpoint(1, 3)]);
  expect([one.since, other.since]).toEqual([1, 1]);
  expect(countsOf(other.finish(changed(1, 3, 30)))).toEqual([30]);
  expect(countsOf(one.finish(changed(1, 2, 20)))).toEqual([20]);
});
