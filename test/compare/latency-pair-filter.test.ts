import { describe, expect, it } from "vitest";
import { LatencyPairFilter } from "../../src/compare/latency-pair-filter.ts";
import { LATENCY_PAIRS_KEPT } from "../../src/model/latency.ts";
import { seeded } from "../lib/seeded.ts";

const smallest = (all: readonly number[]): number[] =>
  all.toSorted((one, other) => one - other).slice(0, LATENCY_PAIRS_KEPT);

describe("LatencyPairFilter", () => {
  it("passes every pair that can be kept, and few others", () => {
    const filter = new LatencyPairFilter();
    const random = seeded(7);
    const draws = Array.from({ length: 40_000 }, random);
    const passed = draws.filter((draw) => filter.passes("a", draw));
    expect(smallest(passed)).toEqual(smallest(draws));
    expect(passed.length).toBeLessThan(8_000);
  });

  it("filters each endpoint separately", () => {
    const filter = new LatencyPairFilter();
    for (let draw = 1; draw <= 2 * LATENCY_PAIRS_KEPT; draw += 1) filter.passes("a", draw / 1e6);
    expect([filter.passes("a", 0.9), filter.passes("b", 0.9)]).toEqual([false, true]);
  });

  it("passes pairs again after a while, for a new run", () => {
    const filter = new LatencyPairFilter();
    for (let count = 0; count < 50_000; count += 1) filter.passes("a", count / 50_000);
    expect(filter.passes("a", 0.9)).toBe(true);
  });
});
