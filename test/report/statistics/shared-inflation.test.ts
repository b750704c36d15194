import { describe, expect, it } from "vitest";
import type { BlockEvidence } from "../../../src/report/statistics/block-evidence.ts";
import { logMajorityEvidence } from "../../../src/report/statistics/e-values.ts";
import { sharedInflation, withInflation } from "../../../src/report/statistics/shared-inflation.ts";

function field(inflation: number, first = 40, second = 40): BlockEvidence {
  const evidence = logMajorityEvidence(first / inflation, second / inflation);
  return { evidence, total: { first, second }, isUnclear: false, inflation, late: null };
}

describe("sharedInflation", () => {
  it("is the median where most fields clump, in steps of a quarter", () => {
    expect(sharedInflation([1, 1, 2, 2.2, 2.4, 2.6, 2.8, 3].map((inflation) => field(inflation)))).toBe(2.25);
  });

  it("is 1 where fields differ independently, and chance makes some clump", () => {
    expect(sharedInflation([1, 1, 1, 1, 1, 1, 1.5, 1.6, 1.7, 1.8].map((inflation) => field(inflation)))).toBe(1);
  });

  it("is 1 for few fields, and for fields with few differences", () => {
    expect(sharedInflation(Array.from({ length: 7 }, () => field(5)))).toBe(1);
    expect(sharedInflation(Array.from({ length: 20 }, () => field(5, 4, 5)))).toBe(1);
  });
});

describe("withInflation", () => {
  it("takes the evidence of a field that seems independent by chance, but not that of a clear change", () => {
    const lucky = withInflation(5, field(1, 50, 10));
    expect(lucky.inflation).toBe(5);
    expect(lucky.evidence).toBeCloseTo(logMajorityEvidence(10, 2), 12);
    expect(withInflation(5, field(1, 500, 10)).evidence).toBeGreaterThan(Math.log(1000));
  });

  it("leaves fields that clump more as they are", () => {
    expect(withInflation(5, field(8, 50, 10))).toEqual(field(8, 50, 10));
  });

  it("counts a late stretch by the bursts of the other fields", () => {
    const late = { since: 0, first: 35, second: 0, pairs: 900 };
    const changed = { ...field(20, 35, 5), evidence: 9, late };
    expect(withInflation(7, changed).evidence).toBeCloseTo(logMajorityEvidence(5, 0), 12);
  });
});
