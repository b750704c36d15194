import { describe, expect, it } from "vitest";
import { logDiscordanceEvidence, logGamma, wilsonInterval } from "../../src/report/statistics.ts";

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

describe("logDiscordanceEvidence", () => {
  // By hand: E(b, 0) = C(2b, b) / 2^b, because B(b + ½, ½) = π · C(2b, b) / 4^b; and B(3/2, 3/2) = π/8.
  it.each([
    [0, 0, 1],
    [1, 0, 1],
    [2, 0, 1.5],
    [6, 0, 924 / 64],
    [7, 0, 3432 / 128],
    [1, 1, 0.5],
    [2, 2, (2 ** 4 * 3) / 128],
  ])("of %i against %i discordant pairs is an e-value of %d", (b, c, expected) => {
    expect(Math.exp(logDiscordanceEvidence(b, c))).toBeCloseTo(expected, 10);
  });

  it("does not care which side differs", () => {
    expect(logDiscordanceEvidence(31, 4)).toBeCloseTo(logDiscordanceEvidence(4, 31), 10);
  });

  it("stays finite for millions of pairs", () => {
    // ln C(2b, b) − b ln 2 tends to b ln 2 − ½ ln(πb).
    const b = 5_000_000;
    expect(logDiscordanceEvidence(b, 0)).toBeCloseTo(b * Math.LN2 - 0.5 * Math.log(Math.PI * b), 4);
  });
});
