import { expect, it } from "vitest";
import {
  addToHistogram,
  entryKey,
  subtractMinute,
  unpackHistograms,
} from "../../../src/store/packing/latency-histogram.ts";

function entries(packed: Uint8Array): number[][] {
  return Object.values(unpackHistograms(packed)).flatMap(({ buckets, counts }, series) =>
    buckets.map((bucket, at) => [series, bucket, counts[at] ?? Number.NaN]),
  );
}

type Entry = readonly [series: number, bucket: number, count: number];

function counts(...all: readonly Entry[]): Map<number, number> {
  return new Map(all.map(([series, bucket, count]) => [entryKey(series, bucket), count]));
}

function packed(...all: readonly Entry[]): Uint8Array {
  return addToHistogram(undefined, counts(...all));
}

const FIRST = packed([4, 0, 2 ** 40 - 1], [0, 500, 1], [0, -177, 2 ** 32]);

it("stores counts by series and bucket in ascending order, up to 2^40 - 1", () => {
  expect(entries(FIRST)).toEqual([
    [0, -177, 2 ** 32],
    [0, 500, 1],
    [4, 0, 2 ** 40 - 1],
  ]);
  expect(() => addToHistogram(FIRST, counts([4, 0, 1]))).toThrow(`A histogram cannot store the count ${2 ** 40}.`);
});

it("adds counts, also at both ends", () => {
  expect(entries(addToHistogram(FIRST, counts([5, 7, 9], [0, 500, 2], [1, 3, 5], [0, -178, 1])))).toEqual([
    [0, -178, 1],
    [0, -177, 2 ** 32],
    [0, 500, 3],
    [1, 3, 5],
    [4, 0, 2 ** 40 - 1],
    [5, 7, 9],
  ]);
});

it("subtracts the coarse ratios of a minute from the fine ones of its total, and nothing that is not in the total", () => {
  const total = packed([0, 500, 1], [3, -24, 3], [4, 8, 2]);
  expect(subtractMinute(total, packed([0, 500, 1], [3, -2, 3], [4, 0, 2]))).toBeNull();
  expect(entries(subtractMinute(total, packed([0, 500, 7], [1, 500, 7], [3, -2, 1])) ?? new Uint8Array())).toEqual([
    [3, -24, 2],
    [4, 8, 2],
  ]);
});

it("rejects invalid counts", () => {
  for (const count of [-1, 0.5, Number.NaN]) {
    expect(() => packed([0, 0, count])).toThrow(`A histogram cannot store the count ${count}.`);
  }
});
