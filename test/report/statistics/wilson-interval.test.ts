import { describe, expect, it } from "vitest";
import {
  logGamma,
  rising,
  twoSidedNormalTail,
  valueAtPlace,
  wilsonInterval,
} from "../../../src/report/statistics/wilson-interval.ts";
import { seeded } from "../../lib/seeded.ts";

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

  it("ends at exactly 0 and 1 when none or all succeed", () => {
    expect(wilsonInterval(0, 7).low).toBe(0);
    expect(wilsonInterval(123_457, 123_457).high).toBe(1);
  });

  it("is the same interval mirrored for failures", () => {
    const [some, others] = [wilsonInterval(13, 50), wilsonInterval(37, 50)];
    expect(others.low).toBeCloseTo(1 - some.high, 14);
    expect(others.high).toBeCloseTo(1 - some.low, 14);
  });

  it("knows nothing without trials", () => {
    expect(wilsonInterval(0, 0)).toEqual({ rate: 0, low: 0, high: 1 });
  });
});

describe("logGamma", () => {
  it.each([
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [1, 0],
    [2, 0],
    [5, Math.log(24)],
    // Γ(n + ½) = (2n)! √π / (4^n n!)
    [10.5, Math.log((654_729_075 * Math.sqrt(Math.PI)) / 2 ** 10)],
    [101, Array.from({ length: 100 }, (_, index) => Math.log(index + 1)).reduce((sum, log) => sum + log)],
  ])("of %d", (x, expected) => {
    expect(logGamma(x)).toBeCloseTo(expected, 10);
  });
});

describe("twoSidedNormalTail", () => {
  it.each([
    [0, 1],
    [0.6744897501960817, 0.5],
    [1.959963984540054, 0.05],
    [2.5758293035489004, 0.01],
    [5, 5.733031437583878e-7],
    [10, 1.523970604832105e-23],
  ])("beyond %d is %d, however small", (z, p) => {
    expect(twoSidedNormalTail(z) / p).toBeCloseTo(1, 6);
  });
});

describe("rising", () => {
  it("sorts a copy, and gives back what stands sorted already", () => {
    const values = Float64Array.of(3, -1, 2);
    expect([...rising(values)]).toEqual([-1, 2, 3]);
    expect([...values]).toEqual([3, -1, 2]);
    const sorted = Float64Array.of(-1, 2, 2, 3);
    expect(rising(sorted)).toBe(sorted);
    expect([...rising([2, 1])]).toEqual([1, 2]);
  });
});

describe("valueAtPlace", () => {
  it("is what stands there when all are sorted, whatever the order and however many are equal", () => {
    const random = seeded(47);
    for (const distinct of [1, 2, 5, 1_000]) {
      for (const size of [1, 2, 3, 10, 97]) {
        const values = Array.from({ length: size }, () => Math.floor(random() * distinct));
        const sorted = values.toSorted((a, b) => a - b);
        expect(values.map((_, place) => valueAtPlace(Float64Array.from(values), place))).toEqual(sorted);
        expect(valueAtPlace(Float64Array.from(sorted), size - 1)).toBe(sorted.at(-1));
      }
    }
  });
});
