import { describe, expect, it } from "vitest";
import { wilsonInterval } from "../../../src/report/statistics/wilson-interval.ts";

describe("wilsonInterval", () => {
  it.each([
    // Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("gives %i of %i the published interval", (successes, trials, low, high) => {
    const interval = wilsonInterval(successes, trials);
    expect(interval.rate).toBe(successes / trials);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it("ends at exactly 0 and 1 if none or all succeed", () => {
    expect(wilsonInterval(0, 7).low).toBe(0);
    expect(wilsonInterval(123_457, 123_457).high).toBe(1);
  });

  it("is mirrored for failures", () => {
    const [some, others] = [wilsonInterval(13, 50), wilsonInterval(37, 50)];
    expect(others.low).toBeCloseTo(1 - some.high, 14);
    expect(others.high).toBeCloseTo(1 - some.low, 14);
  });

  it("spans 0 to 1 without trials", () => {
    expect(wilsonInterval(0, 0)).toEqual({ rate: 0, low: 0, high: 1 });
  });
});
