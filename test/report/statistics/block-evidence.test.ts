import { describe, expect, it } from "vitest";
import { blockEvidence } from "../../../src/report/statistics/block-evidence.ts";
import { seriesOf, type BlockSeries, type StretchCounts } from "../../../src/report/statistics/block-series.ts";
import { logMajorityEvidence } from "../../../src/report/statistics/e-values.ts";

const MORE_OFTEN = {
  evidenceOf: ({ first, second }: StretchCounts): number => logMajorityEvidence(first, second),
  isSymmetric: true,
};

/** Blocks of one second. */
function series(blocks: readonly (readonly [pairs: number, first: number, second: number])[]): BlockSeries {
  return seriesOf(
    blocks.map((counts, at) => ({ counts, startedAt: at * 1000, endsAt: (at + 1) * 1000 })),
    ({ counts: [pairs, first, second] }) => ({ pairs, first, second }),
  );
}

const repeat = <Value>(times: number, value: Value): Value[] => Array.from({ length: times }, () => value);

describe("blockEvidence", () => {
  it("is that of independent exchanges if nothing contradicts them, at half the price of the start points", () => {
    const steady = series(repeat(32, [100, 5, 1] as const));
    const { evidence, inflation, late } = blockEvidence(steady, MORE_OFTEN);
    expect(inflation).toBe(1);
    expect(late).toBeNull();
    expect(evidence).toBeGreaterThan(logMajorityEvidence(160, 32) - Math.LN2);
    expect(evidence).toBeLessThan(logMajorityEvidence(160, 32));
  });

  it("counts a burst as about one event", () => {
    const bursts = [20, 0, 0, 0, 20, 0, 0, 0, 0, 20, 0, 0, 0, 20, 0, 0, 0, 0].map((first) => [100, first, 0] as const);
    expect(logMajorityEvidence(80, 0)).toBeGreaterThan(50);
    const { evidence, inflation } = blockEvidence(series(bursts), MORE_OFTEN);
    expect(inflation).toBeGreaterThan(15);
    expect(evidence).toBeLessThan(Math.log(20));
  });

  it("at most doubles with every block after the first while there are few blocks, whatever the counts", () => {
    expect(blockEvidence(series([[125, 125, 0]]), MORE_OFTEN).evidence).toBeLessThanOrEqual(0);
    const few = blockEvidence(series(repeat(5, [12, 12, 0] as const)), MORE_OFTEN);
    expect(few.evidence).toBeCloseTo(4 * Math.LN2, 12);
    expect(few.isUnclear).toBe(true);
    expect(blockEvidence(series(repeat(40, [12, 12, 0] as const)), MORE_OFTEN)).toMatchObject({ isUnclear: false });
  });

  it("finds a change that begins late, and says when and how much", () => {
    const good = repeat(100, [100, 1, 1] as const);
    const changed = repeat(10, [100, 11, 1] as const);
    const { evidence, late } = blockEvidence(series([...good, ...changed]), MORE_OFTEN);
    expect(evidence).toBeGreaterThan(Math.log(1000));
    expect(late?.since).toBeGreaterThanOrEqual(99_000);
    expect(late?.since).toBeLessThanOrEqual(103_000);
    expect((late?.first ?? 0) / (late?.pairs ?? 1)).toBeGreaterThan(0.1);
  });

  it("begins with the first event, so that a break after a long quiet time is no burst", () => {
    const broken = series([...repeat(100, [200, 0, 0] as const), ...repeat(10, [20, 1, 0] as const)]);
    const { evidence, inflation, late } = blockEvidence(broken, MORE_OFTEN);
    expect(inflation).toBe(1);
    expect(evidence).toBeGreaterThan(Math.log(20));
    expect(late).toEqual({ since: 100_000, first: 10, second: 0, pairs: 200 });
  });

  it("does not take one burst that is going on for a change", () => {
    const quiet = repeat(50, [100, 0, 0] as const);
    expect(blockEvidence(series([...quiet, ...repeat(5, [20, 20, 0] as const)]), MORE_OFTEN).evidence).toBeLessThan(
      Math.log(20),
    );
  });

  it("has no evidence without events", () => {
    expect(blockEvidence(series(repeat(40, [100, 0, 0] as const)), MORE_OFTEN)).toEqual({
      evidence: expect.closeTo(0, 12),
      total: { first: 0, second: 0, pairs: 4000 },
      isUnclear: false,
      inflation: 1,
      late: null,
    });
  });
});
