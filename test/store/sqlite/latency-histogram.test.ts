import { expect, it } from "vitest";
import {
  mergeHistogram,
  entryKey,
  unpackCounts,
  unpackHistograms,
} from "../../../src/store/sqlite/latency-histogram.ts";

function entries(packed: Uint8Array | null): number[][] {
  if (packed === null) return [];
  return Object.values(unpackHistograms(packed)).flatMap(({ buckets, counts }, series) =>
    buckets.map((bucket, at) => [series, bucket, counts[at] ?? Number.NaN]),
  );
}

const FIRST = mergeHistogram(
  undefined,
  new Map([
    [entryKey(4, 0), 2 ** 40 - 1],
    [entryKey(0, 500), 1],
    [entryKey(0, -177), 2 ** 32],
  ]),
  1,
);

it("stores counts by series and bucket in ascending order, up to 2^40 - 1", () => {
  expect(entries(FIRST)).toEqual([
    [0, -177, 2 ** 32],
    [0, 500, 1],
    [4, 0, 2 ** 40 - 1],
  ]);
  expect(() => mergeHistogram(FIRST ?? undefined, new Map([[entryKey(4, 0), 1]]), 1)).toThrow(
    `A histogram cannot store the count ${2 ** 40}.`,
  );
});

it("adds and subtracts counts, and is null when all counts are zero", () => {
  const stored = FIRST ?? undefined;
  const change = new Map([
    [entryKey(0, 500), 2],
    [entryKey(1, 3), 5],
  ]);
  const more = mergeHistogram(stored, change, 1);
  expect(entries(more)).toEqual([
    [0, -177, 2 ** 32],
    [0, 500, 3],
    [1, 3, 5],
    [4, 0, 2 ** 40 - 1],
  ]);
  expect(mergeHistogram(more ?? undefined, change, -1)).toEqual(FIRST);
  expect(mergeHistogram(stored, unpackCounts(FIRST ?? new Uint8Array()), -1)).toBeNull();
});

it("rejects invalid counts", () => {
  for (const count of [-1, 0.5, Number.NaN]) {
    expect(() => mergeHistogram(undefined, new Map([[entryKey(0, 0), count]]), 1)).toThrow(
      `A histogram cannot store the count ${count}.`,
    );
  }
});
