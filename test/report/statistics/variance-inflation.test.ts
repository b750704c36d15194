import { describe, expect, it } from "vitest";
import { seriesOf, type BlockSeries } from "../../../src/report/statistics/block-series.ts";
import { varianceInflation } from "../../../src/report/statistics/variance-inflation.ts";
import { bursts, randomFor } from "../../simulate/random.ts";

const BLOCKS = 64;

/** Blocks of 100 exchanges in which each side differs in 5% of exchanges, in bursts of this length. */
function simulated(length: number, random: () => number): BlockSeries {
  const [one, other] = [bursts(0.05, length, random), bursts(0.05, length, random)];
  const blocks = Array.from({ length: BLOCKS }, (_, at) => ({ startedAt: at, endsAt: at + 1 }));
  return seriesOf(blocks, () => {
    let [first, second] = [0, 0];
    for (let exchange = 0; exchange < 100; exchange++) {
      const [differs, otherDiffers] = [one(), other()];
      if (differs && !otherDiffers) first += 1;
      if (otherDiffers && !differs) second += 1;
    }
    return { pairs: 100, first, second };
  });
}

function meanInflation(length: number, runs = 100): number {
  const random = randomFor(7, `inflation ${length}`);
  let sum = 0;
  for (let run = 0; run < runs; run++) {
    sum += varianceInflation(simulated(length, random), { from: 0, to: BLOCKS }, "difference");
  }
  return sum / runs;
}

describe("varianceInflation", () => {
  it("is about the length of the bursts, also if they are longer than a block, and near 1 without bursts", () => {
    expect(meanInflation(1)).toBeLessThan(1.3);
    expect(meanInflation(5)).toBeGreaterThan(4);
    expect(meanInflation(5)).toBeLessThan(9);
    expect(meanInflation(20)).toBeGreaterThan(16);
    expect(meanInflation(20)).toBeLessThan(36);
    expect(meanInflation(200, 30)).toBeGreaterThan(100);
  });

  it("is 1 without events, and if every exchange has one", () => {
    const blocks = Array.from({ length: 20 }, (_, at) => ({ startedAt: at, endsAt: at + 1 }));
    const range = { from: 0, to: 20 };
    expect(
      varianceInflation(
        seriesOf(blocks, () => ({ pairs: 9, first: 0, second: 0 })),
        range,
        "difference",
      ),
    ).toBe(1);
    expect(
      varianceInflation(
        seriesOf(blocks, () => ({ pairs: 9, first: 9, second: 0 })),
        range,
        "difference",
      ),
    ).toBe(1);
  });
});
