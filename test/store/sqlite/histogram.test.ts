import { expect, it } from "vitest";
import { changedHistogram, entryKey, unpackHistogram, unpackSeries } from "../../../src/store/sqlite/histogram.ts";

function entries(packed: Uint8Array | null): number[][] {
  if (packed === null) return [];
  return Object.values(unpackSeries(packed)).flatMap(({ buckets, counts }, series) =>
    buckets.map((bucket, at) => [series, bucket, counts[at] ?? Number.NaN]),
  );
}

const FIRST = changedHistogram(
  undefined,
  new Map([
    [entryKey(4, 0), 2 ** 40 - 1],
    [entryKey(0, 500), 1],
    [entryKey(0, -177), 2 ** 32],
  ]),
  1,
);

it("a histogram holds each count under its series and bucket, rising, up to 2^40 - 1", () => {
  expect(entries(FIRST)).toEqual([
    [0, -177, 2 ** 32],
    [0, 500, 1],
    [4, 0, 2 ** 40 - 1],
  ]);
  expect(() => changedHistogram(FIRST ?? undefined, new Map([[entryKey(4, 0), 1]]), 1)).toThrow(
    `A histogram cannot hold the count ${2 ** 40}.`,
  );
});

it("adding and taking away change the counts, and nothing is left when all is taken away", () => {
  const stored = FIRST ?? undefined;
  const change = new Map([
    [entryKey(0, 500), 2],
    [entryKey(1, 3), 5],
  ]);
  const more = changedHistogram(stored, change, 1);
  expect(entries(more)).toEqual([
    [0, -177, 2 ** 32],
    [0, 500, 3],
    [1, 3, 5],
    [4, 0, 2 ** 40 - 1],
  ]);
  expect(changedHistogram(more ?? undefined, change, -1)).toEqual(FIRST);
  expect(changedHistogram(stored, unpackHistogram(FIRST ?? new Uint8Array()), -1)).toBeNull();
});

it("counts that are none are refused", () => {
  for (const count of [-1, 0.5, Number.NaN]) {
    expect(() => changedHistogram(undefined, new Map([[entryKey(0, 0), count]]), 1)).toThrow(
      `A histogram cannot hold the count ${count}.`,
    );
  }
});
