import { describe, expect, it } from "vitest";
import type { LatencyPair } from "../../../src/model/latency.ts";
import { medianOf, NO_COUNTS } from "../../../src/report/statistics/bucket-statistics.ts";
import { pairedEstimates, withMedians } from "../../../src/report/statistics/paired-latency.ts";
import { seeded } from "../../lib/seeded.ts";
import { bucketCounts, latencyPairs } from "../memory-reader.ts";

/** Primaries of very different speed, each candidate slower by a factor that scatters evenly. */
function scattered(count: number, factor: number): LatencyPair[] {
  const random = seeded(31);
  return latencyPairs(
    Array.from({ length: count }, () => {
      const primary = Math.exp(6 * random());
      return [primary, primary * factor * Math.exp((random() - 0.5) * 0.4), primary * 1.02] as const;
    }),
  );
}

describe("pairedEstimates", () => {
  it("finds the factor of each request, however different requests are", () => {
    const { ratio, pairs, pValue, test } = pairedEstimates(scattered(1000, 1.05));
    expect([pairs, test]).toEqual([1000, "wilcoxon"]);
    expect(ratio?.estimate).toBeCloseTo(1.05, 1);
    expect(ratio?.low).toBeGreaterThan(1.03);
    expect(ratio?.high).toBeLessThan(1.07);
    expect(pValue).toBeLessThan(1e-10);
  });

  it("asks the sign test when the ratios are lopsided", () => {
    const random = seeded(37);
    const lopsided = Array.from({ length: 400 }, () => [10, 7 / (1 - random())] as const);
    const { test, pValue } = pairedEstimates(latencyPairs(lopsided));
    expect(test).toBe("sign");
    // More than half of them are slower: 1 − 7/10 of all have a candidate below 10 ms.
    expect(pValue).toBeLessThan(1e-10);
  });

  it("finds the secondary's factor from the pairs that have one", () => {
    const { bias } = pairedEstimates([...scattered(50, 2), ...latencyPairs([[10, 20, null]])]);
    expect(bias?.estimate).toBeCloseTo(1.02, 10);
    expect(pairedEstimates(latencyPairs([[10, 20, null]])).bias).toBeNull();
  });

  it("knows nothing without pairs", () => {
    expect(pairedEstimates([])).toEqual(NONE);
  });
});

const NONE = { ratio: null, bias: null, pairs: 0, pValue: null, test: "wilcoxon" };

describe("withMedians", () => {
  const [ratios, biases] = [bucketCounts([{ bucket: 7, count: 100 }]), bucketCounts([{ bucket: 2, count: 100 }])];

  it("falls back on the counts of all exchanges where no pair was kept, and knows nothing without these", () => {
    const none = pairedEstimates([]);
    expect(withMedians(none, ratios, biases)).toEqual({ ...NONE, ratio: medianOf(ratios), bias: medianOf(biases) });
    expect(withMedians(none, NO_COUNTS, NO_COUNTS)).toEqual(NONE);
  });

  it("leaves what pairs tell as it is", () => {
    const paired = pairedEstimates(latencyPairs([[10, 20, 30]]));
    expect(withMedians(paired, ratios, biases)).toEqual(paired);
  });
});
