import { describe, expect, it } from "vitest";
import { LatencyPairFilter } from "../../src/compare/latency-pair-filter.ts";
import { LATENCY_PAIRS_KEPT } from "../../src/model/latency.ts";
import { seeded } from "../lib/seeded.ts";

const smallest = (all: readonly number[]): number[] =>
  all.toSorted((one, other) => one - other).slice(0, LATENCY_PAIRS_KEPT);

describe("pairs that may be among the kept ones", () => {
  it("pass, every one of them, and few others", () => {
    const filter = new LatencyPairFilter();
    const random = seeded(7);
    const draws = Array.from({ length: 40_000 }, random);
    const passed = draws.filter((draw) => filter.passes("a", draw));
    expect(smallest(passed)).toEqual(smallest(draws));
    expect(passed.length).toBeLessThan(8_000);
  });

  it("are judged place by place", () => {
    const filter = new LatencyPairFilter();
    for (let draw = 1; draw <= 2 * LATENCY_PAIRS_KEPT; draw += 1) filter.passes("a", draw / 1e6);
    expect([filter.passes("a", 0.9), filter.passes("b", 0.9)]).toEqual([false, true]);
  });

  it("pass again for a new run, sooner or later", () => {
    const filter = new LatencyPairFilter();
    for (let count = 0; count < 50_000; count += 1) filter.passes("a", count / 50_000);
    expect(filter.passes("a", 0.9)).toBe(true);
  });
});
