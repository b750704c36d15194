import { describe, expect, it } from "vitest";
import { burstInflation } from "../../../src/report/explain/burst-inflation.ts";
import { findChangePoint, type CauseBlock } from "../../../src/report/explain/change-point.ts";
import { riskRatio } from "../../../src/report/explain/risk-ratio.ts";
import { associationEvidence, mostEvidence } from "../../../src/report/explain/table-evidence.ts";

function exact(total: number, met: number) {
  return { total, met, effective: total };
}

function blocksOf(counts: readonly number[], compared = 100): readonly CauseBlock[] {
  return counts.map((count, at) => ({ startedAt: at * 1_000, endsAt: (at + 1) * 1_000, count, compared }));
}

interface Stretch {
  readonly cases: number;
  readonly controls: number;
  readonly casesWith: number;
  readonly having: number;
}

function evidenceOf(stretches: readonly Stretch[]): number {
  const all = stretches.flatMap(({ cases, controls }) => [controls, cases]);
  const met = stretches.flatMap(({ casesWith, having }) => [having - casesWith, casesWith]);
  return associationEvidence(Uint32Array.from([...all, 0]), Uint32Array.from([...met, 0]));
}

describe("the evidence of a condition", () => {
  // From Python: log of the mean over ψ of Π ψ^a / Σ C(n₁, x) C(n₀, m − x) ψ^x / C(n, m), in fractions.
  it.each<[string, readonly Stretch[], number]>([
    ["a tasting lady's table", [{ cases: 8, controls: 8, casesWith: 7, having: 8 }], 3.749381469342268],
    ["full samples", [{ cases: 96, controls: 256, casesWith: 96, having: 130 }], 128.82948665079402],
    ["few cases", [{ cases: 5, controls: 40, casesWith: 5, having: 5 }], 12.383727337287908],
    [
      "two stretches",
      [
        { cases: 10, controls: 30, casesWith: 9, having: 12 },
        { cases: 8, controls: 20, casesWith: 8, having: 9 },
      ],
      21.550386740450733,
    ],
  ])("is that of the exact likelihood ratio: %s", (_, stretches, expected) => {
    expect(evidenceOf(stretches)).toBeCloseTo(expected, 9);
  });

  it("is none for a condition that cases meet no more often than others", () => {
    expect(evidenceOf([{ cases: 20, controls: 80, casesWith: 5, having: 25 }])).toBe(0);
    expect(evidenceOf([{ cases: 20, controls: 80, casesWith: 0, having: 40 }])).toBe(0);
  });

  it("is below the bound that the margins give, −ln of the chance of the clearest table", () => {
    const [all, met] = [Uint32Array.from([256, 96, 0]), Uint32Array.from([34, 96, 0])];
    expect(mostEvidence(all, met)).toBeCloseTo(131.03988831117704, 9);
    expect(mostEvidence(Uint32Array.from([40, 5, 0]), Uint32Array.from([0, 5, 0]))).toBeCloseTo(14.015802181587773, 9);
    expect(mostEvidence(Uint32Array.from([40, 5, 0]), Uint32Array.from([3, 2, 0]))).toBeCloseTo(14.015802181587773, 9);
  });
});

describe("the risk ratio", () => {
  it("of counted exchanges has the interval of Katz: 189 of 11,034 against 104 of 11,037 is 1.82 (1.43–2.31)", () => {
    // The Physicians' Health Study in Agresti, Categorical Data Analysis, §3.1.
    const { estimate, low, high } = riskRatio(exact(189 + 104, 189), exact(22_071 - 293, 11_034 - 189));
    expect(estimate).toBeCloseTo(1.8178017944535074, 12);
    expect(low).toBeCloseTo(1.433030903050563, 12);
    expect(high).toBeCloseTo(2.305884232422446, 12);
  });

  it("has a wider interval if exchanges were sampled, and no upper limit if no other exchange has the cause", () => {
    const counted = riskRatio(exact(1_000, 500), exact(9_000, 1_000));
    const sampled = riskRatio({ total: 1_000, met: 500, effective: 96 }, { total: 9_000, met: 1_000, effective: 256 });
    expect(sampled.estimate).toBe(counted.estimate);
    expect(sampled.low).toBeLessThan(counted.low);
    expect(sampled.high).toBeGreaterThan(counted.high ?? Number.NaN);
    const only = riskRatio(exact(50, 50), exact(950, 150));
    expect(only).toMatchObject({ estimate: null, high: null });
    expect(only.low).toBeGreaterThan(10);
  });
});

describe("the change point", () => {
  it("is where two shares explain the counts best, with the evidence of all borders", () => {
    const found = findChangePoint(blocksOf([0, 0, 0, 30, 30, 30]));
    expect(found?.block.startedAt).toBe(3_000);
    // From Python with math.lgamma: the mean over five borders.
    expect(found?.evidence).toBeCloseTo(62.253429568253495, 6);
    expect(found).toMatchObject({ before: { count: 0, compared: 300 }, after: { count: 90, compared: 300 } });
  });

  it("is none if the share stays the same, is always 0 or 1, or changes by less than twice", () => {
    expect(findChangePoint(blocksOf([3, 2, 4, 3, 2, 3]))).toBeNull();
    expect(findChangePoint(blocksOf([0, 0, 0]))).toBeNull();
    expect(findChangePoint(blocksOf([100, 100, 100]))).toBeNull();
    expect(findChangePoint(blocksOf([300, 310, 290, 500, 510, 490], 1_000))).toBeNull();
  });

  it("is no burst", () => {
    expect(findChangePoint(blocksOf([0, 0, 30, 0, 0, 0, 0, 25, 0, 0, 31, 0]))).toBeNull();
  });
});

describe("bursts", () => {
  it("of 20 count as about 20, and single exchanges as one", () => {
    const bursts = Array.from({ length: 64 }, (_, at) => ({ count: at % 7 === 3 ? 20 : 0, compared: 200 }));
    expect(burstInflation([bursts])).toBeGreaterThan(12);
    const single = Array.from({ length: 64 }, (_, at) => ({
      count: [2, 3, 1, 2, 4, 3, 2, 1][at % 8] ?? 0,
      compared: 200,
    }));
    expect(burstInflation([single])).toBe(1);
  });
});
