import { describe, expect, it } from "vitest";
import type { LatencyPair } from "../../../src/model/latency.ts";
import { medianOf, NO_COUNTS } from "../../../src/report/statistics/bucket-statistics.ts";
import { logDiscordanceEvidence } from "../../../src/report/statistics/e-values.ts";
import { pairedEstimates, tailOf, withMedians } from "../../../src/report/statistics/paired-latency.ts";
import { seeded } from "../../lib/seeded.ts";
import { bucketCounts, latencyPairs } from "../memory-reader.ts";

/** Requests of very different cost; the candidate is slower by a factor that scatters symmetrically. */
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
  it("finds the typical ratio per request, however different requests are", () => {
    const { ratio, pairs } = pairedEstimates(scattered(1000, 1.05));
    expect(pairs).toBe(1000);
    expect(ratio?.estimate).toBeCloseTo(1.05, 1);
    expect(ratio?.low).toBeGreaterThan(1.03);
    expect(ratio?.high).toBeLessThan(1.07);
  });

  it("finds the ratio of the secondary from the pairs that have one", () => {
    const { bias } = pairedEstimates([...scattered(50, 2), ...latencyPairs([[10, 20, null]])]);
    expect(bias?.estimate).toBeCloseTo(1.02, 10);
    expect(pairedEstimates(latencyPairs([[10, 20, null]])).bias).toBeNull();
  });

  it("has no estimate without pairs", () => {
    expect(pairedEstimates([])).toEqual(NONE);
  });
});

const NONE = { ratio: null, bias: null, pairs: 0 };

describe("withMedians", () => {
  const [ratios, biases] = [bucketCounts([{ bucket: 7, count: 100 }]), bucketCounts([{ bucket: 2, count: 100 }])];

  it("falls back to the counts of all exchanges where no pair was kept, and to no estimate without counts", () => {
    const none = pairedEstimates([]);
    expect(withMedians(none, ratios, biases)).toEqual({ ...NONE, ratio: medianOf(ratios), bias: medianOf(biases) });
    expect(withMedians(none, NO_COUNTS, NO_COUNTS)).toEqual(NONE);
  });

  it("keeps the estimates of pairs", () => {
    const paired = pairedEstimates(latencyPairs([[10, 20, 30]]));
    expect(withMedians(paired, ratios, biases)).toEqual(paired);
  });
});

describe("tailOf", () => {
  const steady = Array.from({ length: 90 }, () => [10, 10] as const);

  it("counts pairs in which only one response is above the 95th percentile of both versions together", () => {
    const slow = [
      [10, 90],
      [10, 91],
      [10, 92],
      [10, 93],
      [10, 94],
      [10, 95],
      [80, 96],
      [97, 10],
      [98, 98],
      [80, 10],
    ];
    const tail = tailOf(
      latencyPairs([...steady, ...slow.map(([primary = 0, candidate = 0]) => [primary, candidate] as const)]),
    );
    // The 190th of 200 latencies is 80 ms, and 10 are above it.
    expect(tail).toEqual({
      limit: 80,
      candidateOnly: 7,
      primaryOnly: 1,
      pairs: 100,
      evidence: expect.closeTo(logDiscordanceEvidence(7, 1), 12),
    });
  });

  it("keeps its limit, and has no evidence, if the two latencies of a request are swapped", () => {
    const pairs = latencyPairs(
      Array.from({ length: 100 }, (_, index) => [index, index % 2 === 0 ? 300 + index : 1] as const),
    );
    const swapped = pairs.map((pair) => ({ ...pair, primaryMs: pair.candidateMs, candidateMs: pair.primaryMs }));
    const [tail, other] = [tailOf(pairs), tailOf(swapped)];
    expect(tail?.limit).toBe(other?.limit);
    expect([tail?.candidateOnly, tail?.primaryOnly]).toEqual([other?.primaryOnly, other?.candidateOnly]);
    expect([tail?.candidateOnly, other?.evidence]).toEqual([10, 0]);
  });

  it("has no estimate without pairs", () => {
    expect(tailOf([])).toBeNull();
  });
});
