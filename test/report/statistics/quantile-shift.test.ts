import { describe, expect, it } from "vitest";
import { bucketOf, valueAt } from "../../../src/lib/log-buckets.ts";
import { evidenceBar } from "../../../src/report/statistics/e-values.ts";
import { quantileShift } from "../../../src/report/statistics/quantile-shift.ts";
import type { BucketCounts } from "../../../src/store/store.ts";
import { sumBuckets } from "../../../src/store/sum-buckets.ts";
import { seeded } from "../../lib/seeded.ts";
import { normals } from "../../simulate/random.ts";
import { bucketCounts } from "../memory-blocks.ts";

/** Ten values in each of a hundred neighboring buckets. */
function uniform(first: number): BucketCounts {
  const buckets = Array.from({ length: 100 }, (_, at) => first + at);
  return { buckets, counts: buckets.map(() => 10) };
}

describe("quantileShift", () => {
  const shifts = quantileShift({ primary: uniform(0), candidate: uniform(10) }, [], evidenceBar());

  it("is the difference of the quantiles, between the edges of the buckets in which their intervals end", () => {
    const median = shifts.find(({ share }) => share === 0.5);
    expect(median?.shift).toBeCloseTo(valueAt(60) - valueAt(50), 9);
    // 1,000 responses, ln 40: 3.4225 standard errors of 1.58% = 5.41%, so ranks 445.9 and 554.1.
    expect(median?.low).toBeCloseTo(valueAt(54) - valueAt(56), 9);
    expect(median?.high).toBeCloseTo(valueAt(66) - valueAt(44), 9);
  });

  it("knows that no latency is negative", () => {
    const fastest = shifts[0];
    expect(fastest?.share).toBe(0.05);
    // 5% ± 2.36%: the rank of the low end of the candidate's quantile is 26.4.
    expect(fastest?.low).toBeCloseTo(valueAt(12) - valueAt(8), 9);
    const few = { buckets: [3], counts: [60] };
    const [all] = quantileShift({ primary: few, candidate: few }, [], evidenceBar());
    expect(all?.low).toBeCloseTo(-valueAt(4), 9);
    expect(all?.high).toBeCloseTo(valueAt(4), 9);
  });

  it("has no end where the responses do not bound the quantile", () => {
    const slowest = shifts.at(-1);
    expect(slowest?.share).toBe(0.99);
    expect(slowest?.shift).toBeCloseTo(valueAt(109) - valueAt(99), 9);
    expect([slowest?.low, slowest?.high]).toEqual([null, null]);
    const few = { buckets: [3], counts: [5] };
    const all = quantileShift({ primary: few, candidate: few }, [], evidenceBar());
    expect(all.filter(({ share, high }) => share > 0.5 && high !== null)).toEqual([]);
  });

  it("is empty without responses of one role, and has no interval if all came at one moment", () => {
    expect(quantileShift({ primary: uniform(0), candidate: { buckets: [], counts: [] } }, [], 3)).toEqual([]);
    const block = { startedAt: 0, endsAt: 125, primary: uniform(0), candidate: uniform(10) };
    const once = quantileShift(block, [block], 3);
    expect(once[0]?.shift).toBeGreaterThan(0);
    expect(once.every(({ low, high }) => low === null && high === null)).toBe(true);
  });
});

const BLOCKS = 32;
const SPREAD = 0.5;
const SLOWER = 1.15;
const RUNS = 200;
/** Standard normal quantiles. */
const CHECKED = [
  { share: 0.5, z: 0 },
  { share: 0.95, z: 1.644_853_627 },
  { share: 0.99, z: 2.326_347_874 },
];

interface Kind {
  readonly exchanges: number;
  /** Standard deviation of the logarithm of the servers' speed. */
  readonly wander: number;
  /** The candidate's speed wanders with the primary's. */
  readonly together: boolean;
}

/** Log-normal latencies of servers whose speed is constant or wanders (first-order autoregressive by block). */
function simulateBlocks({ exchanges, wander, together }: Kind, random: () => number) {
  const normal = normals(random);
  const state = { primary: wander * normal(), candidate: wander * normal() };
  const next = (at: number): number => 0.5 * at + Math.sqrt(0.75) * wander * normal();
  const perBlock = exchanges / BLOCKS;
  const values = (speed: number): BucketCounts =>
    bucketCounts(
      Array.from({ length: perBlock }, () => ({
        bucket: bucketOf(10 * Math.exp(speed + SPREAD * normal())),
        count: 1,
      })),
    );
  return Array.from({ length: BLOCKS }, (_, at) => {
    state.primary = next(state.primary);
    state.candidate = together ? state.primary : next(state.candidate);
    const candidate = values(state.candidate + Math.log(SLOWER));
    return { startedAt: at * 1_000, endsAt: (at + 1) * 1_000, primary: values(state.primary), candidate };
  });
}

/** How often the band covers the true shift at each of the checked shares. @param isIndependent ignores the blocks */
function coverage(kind: Kind, isIndependent = false): readonly number[] {
  const random = seeded(20_261_130);
  const covered = CHECKED.map(() => 0);
  for (let run = 0; run < RUNS; run += 1) {
    const blocks = simulateBlocks(kind, random);
    const sum = (role: "primary" | "candidate"): BucketCounts => sumBuckets(blocks.map((block) => block[role]));
    const totals = { primary: sum("primary"), candidate: sum("candidate") };
    const shifts = quantileShift(totals, isIndependent ? [] : blocks, evidenceBar());
    for (const [at, { share, z }] of CHECKED.entries()) {
      const { low, high } = shifts.find((each) => each.share === share) ?? { low: null, high: null };
      const truth = 10 * (SLOWER - 1) * Math.exp(z * Math.hypot(SPREAD, kind.wander));
      covered[at] = (covered[at] ?? 0) + Number((low ?? -Infinity) <= truth && truth <= (high ?? Infinity));
    }
  }
  return covered.map((count) => count / RUNS);
}

const WANDERING = { exchanges: 3_200, wander: 0.4, together: false };

describe("the band of the shift covers the true shift in at least 94% of simulated runs", () => {
  it.each<Kind & { readonly name: string }>([
    { name: "640 independent exchanges", exchanges: 640, wander: 0, together: false },
    { name: "6,400 independent exchanges", exchanges: 6_400, wander: 0, together: false },
    { name: "servers that wander by 15% together", exchanges: 3_200, wander: 0.15, together: true },
    { name: "servers that wander by 40% on their own", ...WANDERING },
  ])("$name", (kind) => {
    for (const rate of coverage(kind)) expect(rate).toBeGreaterThanOrEqual(0.94);
  });

  it("and does not if the exchanges of wandering servers are taken for independent", () => {
    expect(coverage(WANDERING, true)[0]).toBeLessThan(0.9);
  });

  it("with both ends at the median of 640 exchanges", () => {
    const blocks = simulateBlocks({ exchanges: 640, wander: 0, together: false }, seeded(3));
    const sum = (role: "primary" | "candidate"): BucketCounts => sumBuckets(blocks.map((block) => block[role]));
    const shifts = quantileShift({ primary: sum("primary"), candidate: sum("candidate") }, blocks, evidenceBar());
    const { low, high } = shifts.find(({ share }) => share === 0.5) ?? {};
    expect([low, high]).toEqual([expect.any(Number), expect.any(Number)]);
  });
});
