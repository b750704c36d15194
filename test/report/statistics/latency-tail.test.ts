import { describe, expect, it } from "vitest";
import { logDiscordanceEvidence } from "../../../src/report/statistics/e-values.ts";
import { tailOf } from "../../../src/report/statistics/latency-tail.ts";
import { latencyPairs } from "../memory-reader.ts";

describe("tailOf", () => {
  const steady = Array.from({ length: 90 }, () => [10, 10] as const);

  it("counts exchanges that are slow on one side only, above the 95th percentile of both together", () => {
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
    // 200 latencies; the 190th is the largest of the 10 ms ones but for 80, and 10 lie above it.
    expect(tail).toEqual({
      limit: 80,
      candidateOnly: 7,
      primaryOnly: 1,
      pairs: 100,
      evidence: expect.closeTo(logDiscordanceEvidence(7, 1), 12),
    });
  });

  it("keeps its limit when two latencies of a request change places, and then knows no evidence", () => {
    const pairs = latencyPairs(
      Array.from({ length: 100 }, (_, index) => [index, index % 2 === 0 ? 300 + index : 1] as const),
    );
    const turned = pairs.map((pair) => ({ ...pair, primaryMs: pair.candidateMs, candidateMs: pair.primaryMs }));
    const [tail, other] = [tailOf(pairs), tailOf(turned)];
    expect(tail?.limit).toBe(other?.limit);
    expect([tail?.candidateOnly, tail?.primaryOnly]).toEqual([other?.primaryOnly, other?.candidateOnly]);
    expect([tail?.candidateOnly, other?.evidence]).toEqual([10, 0]);
  });

  it("knows nothing without pairs", () => {
    expect(tailOf([])).toBeNull();
  });
});
