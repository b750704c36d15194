import { describe, expect, it } from "vitest";
import { bucketOf, valueAt } from "../../../src/lib/log-buckets.ts";
import {
  medianOf,
  medianRank,
  NO_COUNTS,
  quantile,
  quantilesOf,
  sumBuckets,
} from "../../../src/report/statistics/bucket-statistics.ts";
import type { BucketCounts } from "../../../src/store/store.ts";
import { bucketCounts } from "../memory-reader.ts";

const BUCKET_WIDTH = 1.04;

function bucketed(values: readonly number[]): BucketCounts {
  return bucketCounts(values.map((value) => ({ bucket: bucketOf(value), count: 1 })));
}

function counted(...entries: readonly (readonly [bucket: number, count: number])[]): BucketCounts {
  return bucketCounts(entries.map(([bucket, count]) => ({ bucket, count })));
}

/** A deterministic sequence from 0 to 1 (Park and Miller's minimal standard generator). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe("quantile", () => {
  it("interpolates geometrically within a bucket", () => {
    const counts = counted([50, 100]);
    expect(quantile(counts, 0.5)).toBeCloseTo(valueAt(50.5), 12);
    expect(quantile(counts, 0.95)).toBeCloseTo(valueAt(50.95), 12);
    expect(quantile(counts, 1)).toBeCloseTo(valueAt(51), 12);
  });

  it("finds the bucket that contains the rank", () => {
    const counts = counted([90, 5], [10, 90], [-3, 5]);
    expect(quantile(counts, 0.05)).toBeCloseTo(valueAt(-2), 12);
    expect(quantile(counts, 0.5)).toBeCloseTo(valueAt(10.5), 12);
    expect(quantile(counts, 0.99)).toBeCloseTo(valueAt(90.8), 12);
  });

  it("differs from the exact quantile by at most the width of a bucket", () => {
    const random = randomFrom(7);
    const values = Array.from({ length: 9_973 }, () => 3 + 20 * random() ** 4 * 30);
    const sorted = values.toSorted((a, b) => a - b);
    for (const share of [0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999]) {
      const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
      const estimate = quantile(bucketed(values), share) ?? 0;
      expect(estimate / exact).toBeGreaterThan(1 / BUCKET_WIDTH);
      expect(estimate / exact).toBeLessThan(BUCKET_WIDTH);
    }
  });

  it("is null if nothing was measured", () => {
    expect(quantilesOf(NO_COUNTS)).toEqual({ p50: null, p95: null, p99: null });
  });
});

describe("sumBuckets", () => {
  it("sums the counts of each bucket, in ascending order and without empty ones", () => {
    const [a, b] = [counted([-3, 1], [10, 2]), counted([4, 2 ** 40], [10, 5], [11, 1])];
    expect(sumBuckets([a, NO_COUNTS, b])).toEqual({ buckets: [-3, 4, 10, 11], counts: [1, 2 ** 40, 7, 1] });
    expect(sumBuckets([NO_COUNTS, a])).toBe(a);
    expect(sumBuckets([])).toEqual({ buckets: [], counts: [] });
  });
});

describe("medianRank", () => {
  // Ranks of the distribution-free 95% interval of a median, as tables of the sign test give them.
  it.each([
    [1, 1],
    [5, 1],
    [6, 1],
    [8, 1],
    [9, 2],
    [10, 2],
    [20, 6],
    [30, 10],
    [50, 18],
    [100, 40],
  ])("of %i values is %i", (total, rank) => {
    expect(medianRank(total)).toBe(rank);
  });

  it("has no jump where the normal distribution replaces the exact one", () => {
    expect(medianRank(1_000)).toBe(469);
    expect(medianRank(1_001)).toBe(469);
  });
});

describe("medianOf", () => {
  it("extends from the lower edge of one order statistic's bucket to the upper edge of the other's", () => {
    // 100 values, ranks 40 and 61: 39 in bucket 1, 22 in bucket 2 (ranks 40 to 61), 39 in bucket 3.
    const counts = counted([1, 39], [2, 22], [3, 39]);
    const median = medianOf(counts);
    expect(median?.estimate).toBeCloseTo(valueAt(2.5), 12);
    expect(median?.low).toBeCloseTo(valueAt(2), 12);
    expect(median?.high).toBeCloseTo(valueAt(3), 12);
  });

  it("includes one more bucket if one rank is in it", () => {
    const median = medianOf(counted([1, 40], [2, 21], [3, 39]));
    expect(median?.low).toBeCloseTo(valueAt(1), 12);
    expect(median?.high).toBeCloseTo(valueAt(3), 12);
  });

  it("covers the true median in at least 95% of samples", () => {
    const random = randomFrom(11);
    const samples = 400;
    let covered = 0;
    for (let sample = 0; sample < samples; sample++) {
      // The true median is 1.
      const median = medianOf(bucketed(Array.from({ length: 60 }, () => Math.exp(random() - 0.5))));
      if (median !== null && median.low <= 1 && median.high >= 1) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(samples * 0.95);
  });

  it("is the range of fewer than six values, and null without values", () => {
    const counts = counted([1, 2], [9, 1]);
    expect(medianOf(counts)).toMatchObject({ low: valueAt(1), high: valueAt(10) });
    expect(medianOf(NO_COUNTS)).toBeNull();
  });
});
