import { assert, double, integer, nat, property } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  evidenceBar,
  evidenceBarOfMany,
  logDiscordanceEvidence,
  logExcessEvidence,
  logMajorityEvidence,
} from "../../../src/report/statistics/e-values.ts";

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

  it("is the same for either side", () => {
    expect(logDiscordanceEvidence(31, 4)).toBeCloseTo(logDiscordanceEvidence(4, 31), 10);
  });

  it("stays finite for millions of pairs", () => {
    // ln C(2b, b) − b ln 2 tends to b ln 2 − ½ ln(πb).
    const b = 5_000_000;
    expect(logDiscordanceEvidence(b, 0)).toBeCloseTo(b * Math.LN2 - 0.5 * Math.log(Math.PI * b), 4);
  });
});

describe("evidenceBar", () => {
  it("is 20 to 1 for one question, and grows in proportion to the questions", () => {
    expect(Math.exp(evidenceBar())).toBeCloseTo(20, 12);
    expect(Math.exp(evidenceBar(50))).toBeCloseTo(1000, 9);
  });
});

const evidence = (onlyFirst: number, onlySecond: number, pairs: number, excess: number): number =>
  Math.exp(logExcessEvidence({ onlyFirst, onlySecond, pairs }, excess));

const fortune = (stake: number): number => (1 + stake * 0.9) ** 3 * (1 - stake * 1.1) * (1 - stake * 0.1) ** 6;

const logs = (...evidence: readonly number[]): number[] => evidence.map((each) => Math.log(each));

describe("logExcessEvidence", () => {
  it("is the mean fortune over all stakes", () => {
    const stakes = [0.9, ...Array.from({ length: 10 }, (_, index) => 0.5 ** (index + 1))];
    const mean = stakes.reduce((sum, share) => sum + fortune(share / 1.1), 0) / stakes.length;
    expect(evidence(3, 1, 10, 0.1)).toBeCloseTo(mean, 12);
  });

  it("is 1 on average over all outcomes of a pair if the excess is the allowed one", () => {
    // 3% only the first, 1% only the second: an excess of 2%.
    const mean = 0.03 * evidence(1, 0, 1, 0.02) + 0.01 * evidence(0, 1, 1, 0.02) + 0.96 * evidence(0, 0, 1, 0.02);
    expect(mean).toBeCloseTo(1, 12);
  });

  it("is evidence only for an excess above the allowed share", () => {
    expect(evidence(30, 0, 1000, 0.01)).toBeGreaterThan(2000);
    expect(evidence(10, 0, 1000, 0.01)).toBeLessThan(1);
    expect(evidence(30, 30, 1000, 0.01)).toBeLessThan(1);
  });

  it("stays finite for millions of pairs", () => {
    expect(logExcessEvidence({ onlyFirst: 2_000_000, onlySecond: 0, pairs: 10_000_000 }, 0.001)).toBeCloseTo(
      2_000_000 * Math.log1p((0.9 * 0.999) / 1.001) + 8_000_000 * Math.log1p((-0.9 * 0.001) / 1.001) - Math.log(11),
      3,
    );
  });
});

describe("evidenceBarOfMany", () => {
  it.each([
    ["one hypothesis needs 20", [20.001], 20],
    ["one of four needs 80", [79, 1, 1, 1], Infinity],
    ["one of four with 80 is rejected", [81, 1, 1, 1], 80],
    ["two of four need 40 each, though neither has 80", [41, 1, 41, 1], 40],
    ["the largest number counts, even if a smaller one is not reached", [21, 21, 21, 21], 20],
    ["none is rejected among none", [], Infinity],
  ])("%s", (_, evidence, bar) => {
    expect(Math.exp(evidenceBarOfMany(logs(...evidence)))).toBeCloseTo(bar, 9);
  });
});

describe("evidence of divided counts", () => {
  const [most, inflation] = [1_000_000, double({ min: 1, max: 100_000, noNaN: true })];

  it("exceeds that of all counts by less than 20, where the first side differs more often", () => {
    assert(
      property(integer({ min: 1, max: most }), double({ min: 0, max: 1, noNaN: true }), inflation, (b, share, by) => {
        const c = Math.floor(b * share);
        expect(logMajorityEvidence(b / by, c / by)).toBeLessThan(Math.max(0, logMajorityEvidence(b, c)) + 20);
      }),
    );
    assert(
      property(nat(most), nat(most), nat(most), inflation, (onlyFirst, onlySecond, neither, by) => {
        const counts = { onlyFirst, onlySecond, pairs: onlyFirst + onlySecond + neither };
        const divided = { onlyFirst: onlyFirst / by, onlySecond: onlySecond / by, pairs: counts.pairs / by };
        expect(logExcessEvidence(divided, 0.001)).toBeLessThan(Math.max(0, logExcessEvidence(counts, 0.001)) + 20);
      }),
    );
  });
});
