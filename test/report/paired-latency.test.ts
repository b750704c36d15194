import { describe, expect, it } from "vitest";
import type { LatencyPair } from "../../src/model/difference.ts";
import { medianOf } from "../../src/report/bucket-statistics.ts";
import { latencyEstimates, mergePairs } from "../../src/report/paired-latency.ts";
import { seeded, withinThreeSigma } from "../lib/seeded.ts";
import { latencyPairs } from "./memory-reader.ts";

function estimatesOf(pairs: readonly LatencyPair[]) {
  return latencyEstimates(pairs, new Map(), new Map());
}

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

describe("latencyEstimates", () => {
  it("finds the factor of each request, however different requests are", () => {
    const { ratio, pairs, pValue, test } = estimatesOf(scattered(1000, 1.05));
    expect([pairs, test]).toEqual([1000, "wilcoxon"]);
    expect(ratio?.estimate).toBeCloseTo(1.05, 1);
    expect(ratio?.low).toBeGreaterThan(1.03);
    expect(ratio?.high).toBeLessThan(1.07);
    expect(pValue).toBeLessThan(1e-10);
  });

  it("asks the sign test when the ratios are lopsided", () => {
    const random = seeded(37);
    const lopsided = Array.from({ length: 400 }, () => [10, 7 / (1 - random())] as const);
    const { test, pValue } = estimatesOf(latencyPairs(lopsided));
    expect(test).toBe("sign");
    // More than half of them are slower: 1 − 7/10 of all have a candidate below 10 ms.
    expect(pValue).toBeLessThan(1e-10);
  });

  it("finds the secondary's factor from the pairs that have one", () => {
    const { bias } = estimatesOf([...scattered(50, 2), ...latencyPairs([[10, 20, null]])]);
    expect(bias?.estimate).toBeCloseTo(1.02, 10);
    expect(estimatesOf(latencyPairs([[10, 20, null]])).bias).toBeNull();
  });

  it("falls back on the counts of all exchanges where no pair was kept, and knows nothing without these", () => {
    const counts = latencyEstimates([], new Map([[7, 100]]), new Map([[2, 100]]));
    expect(counts).toEqual({
      ratio: medianOf(new Map([[7, 100]])),
      bias: medianOf(new Map([[2, 100]])),
      pairs: 0,
      pValue: null,
      test: "wilcoxon",
    });
    expect(estimatesOf([])).toEqual({ ratio: null, bias: null, pairs: 0, pValue: null, test: "wilcoxon" });
  });
});

describe("mergePairs", () => {
  it("weighs endpoints by their traffic, not by the pairs that are kept of them", () => {
    const random = seeded(41);
    const kept = (endpoint: string, traffic: number): LatencyPair[] => {
      const all = latencyPairs(
        Array.from({ length: traffic }, () => [1, 1] as const),
        endpoint,
      );
      return all
        .map((pair) => ({ ...pair, draw: random() }))
        .toSorted((a, b) => a.draw - b.draw)
        .slice(0, 1000);
    };
    const merged = mergePairs([...kept("GET /busy", 60_000), ...kept("GET /quiet", 20_000), ...kept("GET /rare", 500)]);
    const count = (endpoint: string): number => merged.filter((pair) => pair.endpoint === endpoint).length;
    expect(merged).toHaveLength(1000);
    expect(withinThreeSigma(count("GET /busy"), 1000, 60 / 80.5)).toBe(true);
    expect(withinThreeSigma(count("GET /quiet"), 1000, 20 / 80.5)).toBe(true);
    expect(count("GET /rare")).toBeLessThan(20);
  });
});
