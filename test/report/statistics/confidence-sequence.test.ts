import { describe, expect, it } from "vitest";
import {
  isRateAbove,
  isRateBelow,
  logRateEvidence,
  trialsUntilBelow,
} from "../../../src/report/statistics/confidence-sequence.ts";
import { evidenceBar } from "../../../src/report/statistics/e-values.ts";

const BAR = evidenceBar();

describe("logRateEvidence", () => {
  it("equals the ratio of the beta mixture to the rate, computed by hand", () => {
    // B(½ + 1, 500) / B(½, 500) = ½ / 500.5, and B(½, 501) / B(½, 500) = 500 / 500.5.
    expect(Math.exp(logRateEvidence(1, 1, 0.001))).toBeCloseTo(0.5 / 500.5 / 0.001, 9);
    expect(Math.exp(logRateEvidence(0, 1, 0.001))).toBeCloseTo(500 / 500.5 / 0.999, 9);
    expect(Math.exp(logRateEvidence(3, 3, 0.001))).toBeCloseTo(
      ((0.5 / 500.5) * (1.5 / 501.5) * (2.5 / 502.5)) / 0.001 ** 3,
      6,
    );
  });

  it("is 1 on average over all outcomes at that rate", () => {
    const rate = 0.02;
    const choose = [1, 4, 6, 4, 1];
    const mean = choose.reduce(
      (sum, ways, hits) =>
        sum + ways * rate ** hits * (1 - rate) ** (4 - hits) * Math.exp(logRateEvidence(hits, 4, rate)),
      0,
    );
    expect(mean).toBeCloseTo(1, 10);
  });
});

describe("trialsUntilBelow", () => {
  it.each([
    [0, 4104],
    [1, 7070],
    [2, 9345],
    [3, 11_370],
  ])("99.9%% with %i mismatches costs %i requests", (hits, trials) => {
    expect(trialsUntilBelow(hits, 0, 1 - 0.999)).toBe(trials);
    expect(isRateBelow(hits, trials, 1 - 0.999)).toBe(true);
    expect(isRateBelow(hits, trials - 1, 1 - 0.999)).toBe(false);
  });

  it.each([
    [0.05, 81],
    [0.02, 204],
    [0.01, 409],
    [0.005, 820],
    [0.0001, 41_058],
  ])("a limit of %d costs %i without a hit", (limit, trials) => {
    expect(trialsUntilBelow(0, 0, limit)).toBe(trials);
  });

  it("needs no more trials if the rate is known to be below", () => {
    expect(trialsUntilBelow(2, 20_000, 0.001)).toBe(20_000);
  });

  it("can never meet a limit of 0 after one hit, and always meets a limit of 1", () => {
    expect([trialsUntilBelow(0, 5, 0), trialsUntilBelow(1, 5, 0), trialsUntilBelow(5, 5, 1)]).toEqual([5, null, 5]);
    expect([isRateAbove(1, 1e6, 0, BAR), isRateAbove(0, 1e6, 0, BAR), isRateAbove(5, 5, 1, BAR)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("isRateAbove", () => {
  it("is true for four of four with a limit of one in a thousand, and never for a single one", () => {
    expect([1, 2, 3, 4].map((hits) => isRateAbove(hits, hits, 0.001, BAR))).toEqual([false, false, false, true]);
    expect(isRateAbove(1, 900, 0.001, BAR)).toBe(false);
  });

  it("needs more if the bar is higher", () => {
    expect(isRateAbove(4, 4, 0.001, evidenceBar(50))).toBe(false);
    expect(isRateAbove(6, 6, 0.001, evidenceBar(50))).toBe(true);
  });

  it("is false if the evidence says below", () => {
    expect(isRateAbove(0, 100_000, 0.001, BAR)).toBe(false);
    expect(isRateBelow(0, 100_000, 0.001)).toBe(true);
  });
});
