import { array, assert, double, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf, valueAt } from "../../../src/lib/log-buckets.ts";
import { countBelow, positionAt, quantile, quantilesOf } from "../../../src/report/statistics/bucket-statistics.ts";
import { NO_COUNTS, sumBuckets } from "../../../src/store/sum-buckets.ts";
import type { BucketCounts } from "../../../src/store/store.ts";
import { bucketCounts } from "../memory-blocks.ts";

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

describe("countBelow", () => {
  it("is the same after any other position, in lists whose sums are kept", () => {
    const random = randomFrom(11);
    const asked = counted(
      ...Array.from({ length: 200 }, (_, at) => [at, Math.ceil(random() * 4_096) / 1_024] as const),
    );
    assert(
      property(array(double({ min: -10, max: 210, noNaN: true }), { maxLength: 20 }), (positions) => {
        for (const position of positions) expect(countBelow(asked, position)).toBe(countBelow({ ...asked }, position));
      }),
    );
  });

  it("is the inverse of positionAt", () => {
    const counts = counted([-3, 5], [10, 90], [90, 5]);
    assert(
      property(double({ min: 0.001, max: 1, noNaN: true }), (share) => {
        expect(countBelow(counts, positionAt(counts, 100, share))).toBeCloseTo(100 * share, 9);
      }),
    );
  });

  it("counts nothing below the first bucket, and everything above the last", () => {
    const counts = counted([-3, 5], [10, 90]);
    expect([countBelow(counts, -3), countBelow(counts, 11), countBelow(counts, 4)]).toEqual([0, 95, 5]);
  });
});
