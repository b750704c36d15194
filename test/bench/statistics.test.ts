import { describe, expect, it } from "vitest";
import { isNoisy, percentile, slopeOf, spreadOf } from "./statistics.ts";

describe("spreadOf", () => {
  it("uses the middle value, or the mean of the two middle ones", () => {
    expect(spreadOf([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
    expect(spreadOf([100, 2, 9, 4])).toEqual({ median: 6.5, min: 2, max: 100 });
  });

  it("refuses an empty list", () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

describe("isNoisy", () => {
  it("compares the range of the turns with a quarter of the figure", () => {
    expect(isNoisy(100, [90, 115])).toBe(false);
    expect(isNoisy(100, [90, 115.1])).toBe(true);
    expect(isNoisy(-4, [-4.5, -3.5])).toBe(false);
    expect(isNoisy(0, [0, 0])).toBe(false);
  });
});

describe("percentile", () => {
  it("is the nearest rank, in numerical order", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 50, 99, 100]);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe("slopeOf", () => {
  it("is the slope of the least-squares line", () => {
    const line = [0, 1, 2, 3].map((x) => ({ x, y: 5 - 2 * x }));
    expect(slopeOf(line)).toBe(-2);
    expect(slopeOf([0, 4, 0].map((y, x) => ({ x, y })))).toBe(0);
    expect(slopeOf([{ x: 1, y: 1 }])).toBeNaN();
  });
});
