import { memoizeLast } from "../../../lib/memoize.ts";
import type { StatusPairCount } from "../../../model/difference.ts";
import type { BucketCounts, LatencyHistograms, OutcomeRow, TimeBlock } from "../../../store/store.ts";

/** Weighed latencies are multiples of this fraction, which is exact, so that the order of additions does not matter. */
const FRACTIONS = 1024;

/** The largest number of requests that one compared exchange stands for; 1 where all are mirrored with the configured share. */
export function heaviestExchange(endpoints: readonly { readonly blocks: readonly TimeBlock[] }[]): number {
  let heaviest = 1;
  for (const { blocks } of endpoints)
    for (const { largestWeight = 1 } of blocks) heaviest = Math.max(heaviest, largestWeight);
  return heaviest;
}

/** How many requests the compared exchanges stand for. */
export function requestsOf(blocks: readonly TimeBlock[]): number {
  return blocks.reduce((sum, { outcomes }) => sum + totalWeight(outcomes), 0);
}

/**
 * Counts the exchanges of a block by the requests that they stand for, divided by the largest such number in the run: as many as
 * a uniform sample at the smallest share would be expected to have. Outcomes and statuses are weighed one by one (Horvitz &
 * Thompson 1952), latencies by the mean weight of their block.
 * @param heaviest see `heaviestExchange`
 */
export const trafficBlock = memoizeLast((block: TimeBlock, { heaviest }: { readonly heaviest: number }): TimeBlock => {
  const { outcomes, statuses, latencies, backToBack } = block;
  const factor = totalWeight(outcomes) / Math.max(1, totalCount(outcomes)) / heaviest;
  return {
    ...block,
    outcomes: outcomes.map((row) => weighed(row, heaviest)),
    statuses: statuses.map((row) => weighed(row, heaviest)),
    latencies: scaledHistograms(latencies, factor),
    backToBack: fraction(backToBack * factor),
  };
});

function weighed<Row extends OutcomeRow | StatusPairCount>(row: Row, heaviest: number): Row {
  return { ...row, count: (row.weight ?? row.count) / heaviest };
}

function totalWeight(rows: readonly OutcomeRow[]): number {
  return rows.reduce((sum, { count, weight = count }) => sum + weight, 0);
}

function totalCount(rows: readonly OutcomeRow[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

function scaledHistograms(all: LatencyHistograms, factor: number): LatencyHistograms {
  const scaled = ({ buckets, counts }: BucketCounts): BucketCounts => {
    const all = counts.map((count) => fraction(count * factor));
    return { buckets: buckets.filter((_, at) => all[at] !== 0), counts: all.filter((count) => count !== 0) };
  };
  const { primary, candidate, secondary, ratio, bias, twin } = all;
  return {
    primary: scaled(primary),
    candidate: scaled(candidate),
    secondary: scaled(secondary),
    ratio: scaled(ratio),
    bias: scaled(bias),
    twin: scaled(twin),
  };
}

function fraction(count: number): number {
  return Math.round(count * FRACTIONS) / FRACTIONS;
}
