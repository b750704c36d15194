import { valueAt } from "../../lib/log-buckets.ts";
import type { QuantileShift } from "../../model/latency.ts";
import type { BucketCounts } from "../../store/store.ts";
import { anytimeErrors, inflationOfMean, type BlockSum } from "./block-spread.ts";
import { countBelow, positionAt, totalOf } from "./bucket-statistics.ts";

/** The latencies of two roles in one period. */
interface ShiftBlock extends Pick<BlockSum, "startedAt" | "endsAt"> {
  readonly primary: BucketCounts;
  readonly candidate: BucketCounts;
}

type Counts = Pick<ShiftBlock, "primary" | "candidate">;

/** The shares at which the shift is shown: every twentieth, and the slowest hundredth. */
const SHIFT_SHARES: readonly number[] = [...Array.from({ length: 19 }, (_, at) => (at + 1) / 20), 0.99];

/**
 * By how much the candidate's quantiles exceed the primary's (the shift function: Doksum 1974), with an interval for each: from
 * the smallest to the largest difference of the two quantiles' own intervals. Those are quantiles at the share ± its error
 * (Woodruff 1952), where the error comes from the spread of the blocks and covers all moments together; each has half of the
 * level (Bonferroni), so nothing is assumed about how the two roles depend on each other. Ends are edges of buckets, because
 * nothing is known about where in its bucket a quantile lies.
 * @param totals of all blocks
 * @param blocks ascending; empty if the exchanges count as independent
 * @param bar ln(1/α) for a confidence of 1 − α at each share
 * @returns nothing without responses of one of the roles
 */
export function quantileShift(totals: Counts, blocks: readonly ShiftBlock[], bar: number): readonly QuantileShift[] {
  const shares = (role: keyof Counts): readonly RoleQuantile[] =>
    roleQuantiles(
      totals[role],
      blocks.map((block) => ({ ...block, counts: block[role] })),
      bar + Math.LN2,
    );
  const candidates = shares("candidate");
  return shares("primary").flatMap((primary, at): QuantileShift[] => {
    const candidate = candidates[at];
    if (candidate === undefined) return [];
    return [
      {
        share: primary.share,
        primary: primary.value,
        candidate: candidate.value,
        shift: candidate.value - primary.value,
        low: primary.high === null ? null : candidate.low - primary.high,
        high: candidate.high === null ? null : candidate.high - primary.low,
      },
    ];
  });
}

/** A quantile with its interval: no latency is below 0, and `high` is null if the counts do not bound it. */
interface RoleQuantile {
  readonly share: number;
  readonly value: number;
  readonly low: number;
  readonly high: number | null;
}

interface RoleBlock extends Pick<BlockSum, "startedAt" | "endsAt"> {
  readonly counts: BucketCounts;
}

function roleQuantiles(counts: BucketCounts, blocks: readonly RoleBlock[], bar: number): readonly RoleQuantile[] {
  const total = totalOf(counts);
  if (total === 0) return [];
  const sizes = blocks.map((block) => totalOf(block.counts));
  return SHIFT_SHARES.map((share) => {
    const position = positionAt(counts, total, share);
    const variance = share * (1 - share);
    const sums = blocks.map(({ startedAt, endsAt, counts: own }, at): BlockSum => {
      const count = sizes[at] ?? 0;
      return { startedAt, endsAt, count, sum: countBelow(own, position) - share * count };
    });
    const exchanges = total / (blocks.length === 0 ? 1 : inflationOfMean(sums, variance));
    const error = exchanges > 0 ? anytimeErrors(exchanges, bar) * Math.sqrt(variance / exchanges) : 1;
    const at = (edge: number): number => positionAt(counts, total, edge);
    return {
      share,
      value: valueAt(position),
      low: share - error <= 0 ? 0 : valueAt(Math.ceil(at(share - error)) - 1),
      high: share + error >= 1 ? null : valueAt(Math.ceil(at(share + error))),
    };
  });
}
