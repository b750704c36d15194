import { describe, expect, it } from "vitest";
import type { LatencyPair } from "../../../src/model/latency.ts";
import { estimatesOf, mergeSamples, swapLegs } from "../../../src/report/statistics/latency-sample.ts";
import { pairedEstimates, tailOf } from "../../../src/report/statistics/paired-latency.ts";
import type { LatencySample } from "../../../src/store/store.ts";
import { seeded, withinThreeSigma } from "../../lib/seeded.ts";
import { latencyPairs, latencySamples } from "../memory-reader.ts";

function sampleOf(pairs: readonly LatencyPair[]): LatencySample {
  return latencySamples(pairs)[0] ?? { route: "", endpoint: "", rows: new Float32Array() };
}

function drawsOf(rows: Float32Array): number[] {
  return [...rows].filter((_, index) => index % 4 === 0);
}

/** The sample that a store keeps of an endpoint with this traffic. */
function kept(random: () => number, endpoint: string, traffic: number): LatencySample {
  const all = latencyPairs(
    Array.from({ length: traffic }, () => [1, 1] as const),
    endpoint,
  );
  const drawn = all.map((pair) => ({ ...pair, draw: Math.fround(random()) })).toSorted((a, b) => a.draw - b.draw);
  return sampleOf(drawn.slice(0, 1000));
}

describe("mergeSamples", () => {
  it("weights endpoints by traffic, not by the number of kept pairs", () => {
    const random = seeded(41);
    const samples = [kept(random, "busy", 60_000), kept(random, "quiet", 20_000), kept(random, "rare", 500)];
    const merged = new Set(drawsOf(mergeSamples(samples)));
    const count = (index: number): number =>
      drawsOf((samples[index] as LatencySample).rows).filter((d) => merged.has(d)).length;
    expect(withinThreeSigma(count(0), 1000, 60 / 80.5)).toBe(true);
    expect(withinThreeSigma(count(1), 1000, 20 / 80.5)).toBe(true);
    expect(count(2)).toBeLessThan(20);
  });

  it("takes exactly the thousand smallest draws, in any order", () => {
    const random = seeded(43);
    const samples = Array.from({ length: 30 }, (_, index) => kept(random, `${index}`, 100 * (index + 1)));
    const all = samples.flatMap(({ rows }) => drawsOf(rows)).toSorted((a, b) => a - b);
    for (const order of [samples, samples.toReversed()]) {
      expect(drawsOf(mergeSamples(order)).toSorted((a, b) => a - b)).toEqual(all.slice(0, 1000));
    }
  });

  it("takes all pairs if there are fewer, and keeps the numbers of a pair together", () => {
    const [a, b] = [sampleOf(latencyPairs([[1, 2, 3]])), sampleOf(latencyPairs([[4, 5, null]]))];
    expect([...mergeSamples([a, b])]).toEqual([0, 1, 2, 3, 0, 4, 5, Number.NaN]);
    expect([...mergeSamples([])]).toEqual([]);
  });
});

describe("estimatesOf", () => {
  it("equals the estimates of the pairs, and is the same object for the same sample", () => {
    const pairs = latencyPairs([
      [1, 2, 4],
      [2, 3, null],
      [8, 4, 16],
    ]);
    const { rows } = sampleOf(pairs);
    const [first, again] = [estimatesOf(rows), estimatesOf(rows)];
    expect(first).toEqual({ paired: pairedEstimates(pairs), tail: tailOf(pairs) });
    expect(again).toBe(first);
    expect(estimatesOf(sampleOf(pairs.slice(1)).rows).paired.pairs).toBe(2);
  });
});

describe("swapLegs", () => {
  it("swaps secondary and candidate, without pairs that have no secondary", () => {
    const { rows } = sampleOf(
      latencyPairs([
        [10, 90, null],
        [10, 11, 13],
      ]),
    );
    expect([...swapLegs(rows)]).toEqual([0.5, 10, 13, 11]);
  });
});
