import { describe, expect, it } from "vitest";
import { hiddenChange } from "../../../src/report/statistics/hidden-change.ts";
import { randomFor } from "../../simulate/random.ts";

describe("hiddenChange", () => {
  it("is above the true share of changed responses in at least 95% of runs", () => {
    const random = randomFor(3, "hidden");
    const [noise, change, runs] = [0.3, 0.02, 500];
    let covered = 0;
    for (let run = 0; run < runs; run++) {
      const counts = { pairs: 1000, candidateOnly: 0, secondaryOnly: 0, both: 0, inflation: 1 };
      for (let pair = 0; pair < counts.pairs; pair++) {
        const candidate = random() < noise || random() < change;
        const secondary = random() < noise;
        if (candidate && secondary) counts.both += 1;
        else if (candidate) counts.candidateOnly += 1;
        else if (secondary) counts.secondaryOnly += 1;
      }
      if (hiddenChange(counts) >= change) covered += 1;
    }
    expect(covered / runs).toBeGreaterThan(0.95);
  });

  it("falls with traffic, grows with bursts, and is everything behind noise in every response", () => {
    const counts = { pairs: 10_000, candidateOnly: 100, secondaryOnly: 100, both: 0, inflation: 1 };
    expect(hiddenChange(counts)).toBeCloseTo(0.0028, 4);
    expect(hiddenChange({ ...counts, inflation: 20 })).toBeGreaterThan(0.012);
    expect(hiddenChange({ ...counts, pairs: 100, candidateOnly: 1, secondaryOnly: 1 })).toBeGreaterThan(0.03);
    expect(hiddenChange({ pairs: 700, candidateOnly: 0, secondaryOnly: 0, both: 700, inflation: 1 })).toBe(1);
  });
});
