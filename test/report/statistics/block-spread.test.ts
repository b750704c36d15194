import { describe, expect, it } from "vitest";
import { anytimeErrors, inflationOfMean, type BlockSum } from "../../../src/report/statistics/block-spread.ts";
import { evidenceBar } from "../../../src/report/statistics/e-values.ts";
import { seeded } from "../../lib/seeded.ts";

const SECOND = 1_000;
const COUNT = 100;

/** Blocks of a second with 100 exchanges each. */
function blocks(sums: readonly number[]): readonly BlockSum[] {
  return sums.map((sum, at) => ({ startedAt: at * SECOND, endsAt: (at + 1) * SECOND, sum, count: COUNT }));
}

/** Sums of fair coins: −½ or ½ for each exchange, decided once for every burst. */
function coins(random: () => number, number: number, burst: number): readonly number[] {
  const values = Array.from({ length: (number * COUNT) / burst }, () => (random() < 0.5 ? -0.5 : 0.5));
  return Array.from({ length: number }, (_, block) =>
    Array.from({ length: COUNT }, (__, at) => values[Math.floor((block * COUNT + at) / burst)] ?? 0).reduce<number>(
      (sum, value) => sum + value,
      0,
    ),
  );
}

function medianInflation(burst: number): number {
  const random = seeded(burst);
  const all = Array.from({ length: 200 }, () => inflationOfMean(blocks(coins(random, 32, burst)), 0.25));
  return all.toSorted((a, b) => a - b)[all.length / 2] ?? 0;
}

describe("inflationOfMean", () => {
  it("is small for independent exchanges, and about the length of bursts", () => {
    expect(medianInflation(1)).toBeLessThan(2);
    expect(medianInflation(20) / 20).toBeGreaterThan(1);
    expect(medianInflation(20) / 20).toBeLessThan(2.5);
    expect(medianInflation(400) / 400).toBeGreaterThan(1);
    expect(medianInflation(400) / 400).toBeLessThan(10);
  });

  it("is at least 1, and infinite for a single block", () => {
    expect(inflationOfMean(blocks([0, 0, 0, 0]), 0.25)).toBe(1);
    expect(inflationOfMean(blocks([0]), 0.25)).toBe(Number.POSITIVE_INFINITY);
  });

  it("grows as blocks become fewer", () => {
    expect([of(2), of(4), of(8), of(16)].toSorted((a, b) => b - a)).toEqual([of(2), of(4), of(8), of(16)]);
  });

  it("does not take blocks with a pause between them for neighbors", () => {
    const sums = [5, 5, -5, -5, 5, 5, -5, -5];
    const apart = blocks(sums).map((block, at) => ({
      ...block,
      startedAt: 2 * at * SECOND,
      endsAt: (2 * at + 1) * SECOND,
    }));
    expect(inflationOfMean(apart, 0.25)).toBeLessThan(inflationOfMean(blocks(sums), 0.25));
  });

  it("adds up the short blocks of recent time", () => {
    const long = blocks([5, -5, 5, -5]);
    const halves = [
      ...long.slice(0, 3),
      { startedAt: 3_000, endsAt: 3_500, sum: -3, count: 50 },
      { startedAt: 3_500, endsAt: 4_000, sum: -2, count: 50 },
    ];
    expect(inflationOfMean(halves, 0.25)).toBeCloseTo(inflationOfMean(long, 0.25), 12);
  });
});

function of(number: number): number {
  return inflationOfMean(blocks(Array.from({ length: number }, (_, at) => (at % 2 === 0 ? 5 : -5))), 0.25);
}

describe("anytimeErrors", () => {
  it("is Robbins' boundary of a normal mixture", () => {
    // √((1 + ρ/n) (ln(1 + n/ρ) + 2 ln 20)) with ρ = 16 and n = 16.
    expect(anytimeErrors(16, evidenceBar())).toBeCloseTo(Math.sqrt(2 * (Math.LN2 + 2 * Math.log(20))), 12);
  });

  it("covers a mean at all times in at least 95% of runs", () => {
    const random = seeded(5);
    const runs = 400;
    let covered = 0;
    for (let run = 0; run < runs; run++) {
      let [sum, isInside] = [0, true];
      for (let exchanges = 1; exchanges <= 3_000; exchanges++) {
        sum += random() < 0.5 ? -1 : 1;
        isInside &&= Math.abs(sum) <= anytimeErrors(exchanges, evidenceBar()) * Math.sqrt(exchanges);
      }
      covered += Number(isInside);
    }
    expect(covered / runs).toBeGreaterThanOrEqual(0.95);
  });
});
