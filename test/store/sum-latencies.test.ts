import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { LatencyHistograms } from "../../src/store/store.ts";
import { NO_COUNTS } from "../../src/store/sum-buckets.ts";
import { createLatencySum, sumLatencies } from "../../src/store/sum-latencies.ts";
import { bucketCounts } from "../report/memory-blocks.ts";

const row = fc.record({ bucket: fc.integer({ min: -40, max: 40 }), count: fc.integer({ min: 1, max: 9 }) });
const counts = fc.array(row, { maxLength: 8 }).map(bucketCounts);
const histograms = fc
  .record({ primary: counts, ratio: counts })
  .map((own): LatencyHistograms => ({ ...NO_LATENCIES, ...own }));
const NO_LATENCIES = sumLatencies([]);

it("adds up lists that follow each other from what has changed, also if an element occurs twice", () => {
  const picks = fc.array(fc.array(fc.nat({ max: 9 }), { maxLength: 12 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(histograms, { minLength: 10, maxLength: 10 }), picks, (all, lists) => {
      const sumOf = createLatencySum();
      for (const list of lists) {
        const picked = [0, ...list].map((at) => all[at] ?? NO_LATENCIES);
        expect(sumOf(picked)).toEqual(sumLatencies(picked));
      }
    }),
  );
});

it("returns the same sum for the same elements", () => {
  const sumOf = createLatencySum();
  const [one, other] = [
    { ...NO_LATENCIES, primary: bucketCounts([{ bucket: 1, count: 2 }]) },
    { ...NO_LATENCIES, primary: bucketCounts([{ bucket: 2, count: 3 }]) },
  ];
  const sum = sumOf([one, other]);
  expect(sum.primary).toEqual({ buckets: [1, 2], counts: [2, 3] });
  expect(sumOf([one, other])).toBe(sum);
  expect(sumOf([one]).primary).toEqual(one.primary);
  expect(sumOf([]).primary).toBe(NO_COUNTS);
});
