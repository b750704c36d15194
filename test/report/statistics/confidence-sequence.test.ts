import { describe, expect, it } from "vitest";
import {
  isRateBelow,
  logRateAboveEvidence,
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
  });
});

describe("logRateAboveEvidence", () => {
  it("is the likelihood ratio of the part of the mixture above the rate", () => {
    for (const [hits, trials] of [
      [0, 100],
      [3, 500],
      [10, 4000],
    ] as const) {
      expect(Math.exp(logRateAboveEvidence(hits, trials, 0.001)) / ratio(hits, trials)).toBeCloseTo(1, 3);
    }
  });

  it("needs three of three to be above one in a thousand, and never fails on a single one", () => {
    expect([1, 2, 3].map((hits) => isAbove(hits, hits))).toEqual([false, false, true]);
    expect(isAbove(1, 900)).toBe(false);
    expect(isAbove(3, 3, evidenceBar(50))).toBe(false);
    expect(isAbove(0, 100_000)).toBe(false);
  });

  it("is certain after one hit with a limit of 0, and says nothing with a limit of 1", () => {
    expect([logRateAboveEvidence(1, 1e6, 0), logRateAboveEvidence(0, 1e6, 0), logRateAboveEvidence(5, 5, 1)]).toEqual([
      Infinity,
      0,
      0,
    ]);
  });
});

/** Numerical integration of the beta(½, 500) density above 0.001. */
function ratio(hits: number, trials: number): number {
  let [sum, weights] = [0, 0];
  for (let step = 0; step < 400_000; step++) {
    const rate = 0.001 + ((step + 0.5) / 400_000) * 0.2;
    const weight = rate ** -0.5 * (1 - rate) ** 499;
    weights += weight;
    sum += weight * (rate / 0.001) ** hits * ((1 - rate) / 0.999) ** (trials - hits);
  }
  return sum / weights;
}

function isAbove(hits: number, trials: number, bar = BAR): boolean {
  return logRateAboveEvidence(hits, trials, 0.001) >= bar;
}
