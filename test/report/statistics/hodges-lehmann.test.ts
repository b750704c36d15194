import { describe, expect, it } from "vitest";
import { hodgesLehmann, walshRank } from "../../../src/report/statistics/hodges-lehmann.ts";
import { seeded } from "../../lib/seeded.ts";

/** Computes all averages. */
function bruteForce(values: readonly number[]): ReturnType<typeof hodgesLehmann> {
  const averages = values.flatMap((a, index) => values.slice(index).map((b) => (a + b) / 2)).toSorted((a, b) => a - b);
  const at = (position: number): number => averages[position - 1] ?? Number.NaN;
  const [count, rank] = [averages.length, walshRank(values.length)];
  return {
    estimate: (at(Math.floor((count + 1) / 2)) + at(Math.floor(count / 2) + 1)) / 2,
    low: at(rank),
    high: at(count + 1 - rank),
  };
}

describe("hodgesLehmann", () => {
  it("gives the published center and interval of the depression data", () => {
    // Hollander & Wolfe, §3.2 and §3.3; R: wilcox.test(x, y, paired = TRUE, conf.int = TRUE).
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const center = hodgesLehmann(before.map((value, index) => value - (after[index] ?? 0)));
    expect(center?.estimate).toBeCloseTo(0.46, 12);
    expect(center?.low).toBeCloseTo(0.01, 12);
    expect(center?.high).toBeCloseTo(0.786, 12);
  });

  it("equals the brute force over all averages, with ties, wide ranges and few values", () => {
    const random = seeded(23);
    const kinds = [() => random() - 0.5, () => Math.floor(random() * 4), () => Math.exp(9 * random()), () => 3];
    for (const make of kinds) {
      for (let count = 1; count <= 80; count++) {
        const values = Array.from({ length: count }, make);
        expect(hodgesLehmann(values)).toEqual(bruteForce(values));
      }
    }
  });

  it("shifts with its values and changes sign with them", () => {
    const random = seeded(29);
    const values = Array.from({ length: 1000 }, () => Math.round(random() * 2 ** 20));
    const center = hodgesLehmann(values);
    expect(hodgesLehmann(values.map((value) => value + 4096))?.estimate).toBe((center?.estimate ?? 0) + 4096);
    expect(hodgesLehmann(values.map((value) => -value))).toEqual({
      estimate: -(center?.estimate ?? 0),
      low: -(center?.high ?? 0),
      high: -(center?.low ?? 0),
    });
  });

  it("is null without values", () => {
    expect(hodgesLehmann([])).toBeNull();
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
