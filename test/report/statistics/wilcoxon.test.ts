import { describe, expect, it } from "vitest";
import { isSkewed, signedRankP, signTestP, walshRank } from "../../../src/report/statistics/wilcoxon.ts";
import { seeded } from "../../lib/seeded.ts";

/** Hamilton depression scale before and after, nine patients: Hollander & Wolfe 1973, p. 29; R's `wilcox.test` example. */
const DEPRESSION = [
  [1.83, 0.878],
  [0.5, 0.647],
  [1.62, 0.598],
  [2.48, 2.05],
  [1.68, 1.06],
  [1.88, 1.29],
  [1.55, 1.06],
  [3.06, 3.14],
  [1.3, 1.29],
].map(([before = 0, after = 0]) => before - after);

/** Differences in height of plants, Darwin's maize; the example of SciPy's `wilcoxon`. */
const MAIZE = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75];

describe("signedRankP", () => {
  it("gives the published exact values of small samples", () => {
    expect(signedRankP(DEPRESSION)).toBe(0.0390625); // R: V = 40, one-sided p = 0.01953
    expect(signedRankP(MAIZE)).toBe(0.041259765625); // SciPy: T = 24, p = 0.041259765625
  });

  it("counts all signs out when there are ties and zeros: 238 of 4,096 are as far from even", () => {
    expect(signedRankP([0, 0, 1, 1, -1, 2, 2, 3, -2, 4, 5, 5, -3, 6])).toBe(238 / 4096);
  });

  it("agrees with SciPy on 200 values, without ties and with ties and zeros (zero_method pratt, correction)", () => {
    const plain = Array.from({ length: 200 }, (_, index) => (((index + 1) ** 2 * 7919) % 1009) / 1009 - 0.45);
    expect(signedRankP(plain) / 0.14363876002719653).toBeCloseTo(1, 6);
    const tied = Array.from({ length: 200 }, (_, index) => (((index * 37) % 101) - 40) / 10);
    expect(signedRankP(tied) / 1.1969595641602703e-5).toBeCloseTo(1, 6);
  });

  it("has no jump where the normal distribution takes over", () => {
    const random = seeded(5);
    const values = Array.from({ length: 51 }, () => random() - 0.4);
    const [exact, normal] = [signedRankP(values.slice(0, 50)), signedRankP([...values.slice(0, 50), 0])];
    expect(Math.abs(exact - normal)).toBeLessThan(0.005);
  });

  it("finds nothing where nothing differs", () => {
    expect([signedRankP([]), signedRankP([0, 0, 0])]).toEqual([1, 1]);
  });
});

describe("signTestP", () => {
  it.each([
    [8, 2, 0.109375],
    [5, 5, 1],
    [10, 0, 2 / 1024],
    [560, 440, 0.00016504987055045286],
  ])("of %i above and %i below is %d", (above, below, p) => {
    const values = [...Array.from({ length: above }, () => 2), 0, ...Array.from({ length: below }, () => -1)];
    expect(signTestP(values)).toBeCloseTo(p, 12);
  });

  it("is as good where the normal distribution takes over", () => {
    const values = Array.from({ length: 1001 }, (_, index) => (index < 560 ? 1 : -1));
    expect(signTestP(values) / 0.00018872323704325562).toBeCloseTo(1, 1);
  });
});

describe("isSkewed", () => {
  const random = seeded(17);
  it("tells an exponential distribution from an even one", () => {
    const even = Array.from({ length: 400 }, () => random() + random() - 1);
    const exponential = Array.from({ length: 400 }, () => -Math.log(1 - random()));
    expect([isSkewed(even), isSkewed(exponential), isSkewed(exponential.map((value) => -value))]).toEqual([
      false,
      true,
      true,
    ]);
    expect([isSkewed([]), isSkewed([1, 1, 1])]).toEqual([false, false]);
  });
});

describe("walshRank", () => {
  // qsignrank(0.025, n) of R, at least 1; Hollander & Wolfe, table A.4.
  it.each([
    [1, 1],
    [5, 1],
    [6, 1],
    [7, 3],
    [8, 4],
    [9, 6],
    [10, 9],
    [15, 26],
    [20, 53],
    [25, 90],
  ])("of %i values is %i", (total, rank) => {
    expect(walshRank(total)).toBe(rank);
  });
});
