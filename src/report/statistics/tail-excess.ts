import { positionOf } from "../../lib/log-buckets.ts";
import type { BucketCounts } from "../../store/store.ts";
import { anytimeErrors, inflationOfMean, type BlockSum } from "./block-spread.ts";
import { countBelow, totalOf } from "./bucket-statistics.ts";

/** The responses of one role. */
export interface SlowCount {
  readonly total: number;
  /** Those above a limit; interpolated within a bucket. */
  readonly slow: number;
}

/** The responses of two roles in one period. */
export interface TailBlock extends Pick<BlockSum, "startedAt" | "endsAt"> {
  readonly candidate: SlowCount;
  /** Of the role that the candidate is compared with; null for an absolute limit. */
  readonly other: SlowCount | null;
}

/** By how much the candidate's share of slow responses exceeds what is allowed. */
export interface TailExcess {
  /** The candidate's responses. */
  readonly total: number;
  /** The candidate's share of slow responses. */
  readonly candidate: number;
  /** The other role's share of slow responses; 0 for an absolute limit. */
  readonly other: number;
  /** `candidate - other - allowed` */
  readonly excess: number;
  /** The variance of a single exchange's part in it. */
  readonly variance: number;
  /** See `inflationOfMean`. */
  readonly inflation: number;
}

/**
 * Compares how often responses are slower than a limit. The shares of a block are subtracted before its deviation is squared, so
 * requests and moments that are slow for both roles cancel out.
 * @param allowed share of the candidate's responses that may be slow in addition to the other role's
 * @returns null without responses of one of the roles
 */
export function tailExcess(blocks: readonly TailBlock[], allowed: number): TailExcess | null {
  const candidate = sumSlow(blocks.map((block) => block.candidate));
  const others = blocks.flatMap(({ other }) => other ?? []);
  const other = others.length === 0 ? null : sumSlow(others);
  const independent = independentExcess(candidate, other, allowed);
  if (independent === null) return null;
  const weight = weightOf(candidate, other);
  const difference = independent.candidate - independent.other;
  const deviations = blocks.map(({ startedAt, endsAt, candidate: { total: count, slow }, other: own }) => ({
    startedAt,
    endsAt,
    count,
    sum: slow - weight * (own?.slow ?? 0) - difference * count,
  }));
  return { ...independent, inflation: inflationOfMean(deviations, independent.variance) };
}

/**
 * The excess of responses that do not depend on each other: its interval is the narrowest possible.
 * @param other null for an absolute limit
 * @returns null without responses of one of the roles
 */
export function independentExcess(candidate: SlowCount, other: SlowCount | null, allowed: number): TailExcess | null {
  const { total } = candidate;
  if (total === 0 || other?.total === 0) return null;
  const weight = weightOf(candidate, other);
  const [share, otherShare] = [candidate.slow / total, (weight * (other?.slow ?? 0)) / total];
  return {
    total,
    candidate: share,
    other: otherShare,
    excess: share - otherShare - allowed,
    variance: share * (1 - share) + weight * otherShare * (1 - otherShare) + 1 / total,
    inflation: 1,
  };
}

/** A secondary that receives a fifth of the requests counts five times. */
function weightOf({ total }: SlowCount, other: SlowCount | null): number {
  return other === null ? 0 : total / other.total;
}

function sumSlow(counts: readonly SlowCount[]): SlowCount {
  let [total, slow] = [0, 0];
  for (const each of counts) {
    total += each.total;
    slow += each.slow;
  }
  return { total, slow };
}

/**
 * Half the width of an interval of the excess that is valid at all times together.
 * @param bar ln E
 * @param mixture see `anytimeErrors`
 */
export function tailError({ total, variance, inflation }: TailExcess, bar: number, mixture?: number): number {
  const exchanges = total / inflation;
  if (exchanges === 0) return Number.POSITIVE_INFINITY;
  return anytimeErrors(exchanges, bar, mixture) * Math.sqrt(variance / exchanges);
}

/** How many responses are slower than a limit. */
export function countSlow(counts: BucketCounts, limitMs: number): SlowCount {
  const total = totalOf(counts);
  return { total, slow: total - countBelow(counts, positionOf(limitMs)) };
}
