import { slotStart } from "../../lib/time-slots.ts";
import type { PerEndpoint, TimeBlock } from "../../store/store.ts";

/** Equally long buckets, each of which contains every time block that it touches. */
export interface TimeGrid {
  /** The start of the first bucket, in Unix milliseconds. */
  readonly startedAt: number;
  readonly bucketMs: number;
  readonly buckets: number;
}

/**
 * The finest grid of at most `most` buckets over the blocks of a run. Blocks are dyadic, so a bucket that is a power of two of
 * slots and no shorter than any block contains it.
 * @returns undefined without blocks
 */
export function timeGrid(
  blocks: readonly PerEndpoint<readonly Pick<TimeBlock, "startedAt" | "endsAt">[]>[],
  most: number,
): TimeGrid | undefined {
  let [first, last, longest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const { rows } of blocks) {
    for (const { startedAt, endsAt } of rows) {
      first = Math.min(first, startedAt);
      last = Math.max(last, endsAt);
      longest = Math.max(longest, endsAt - startedAt);
    }
  }
  if (first > last) return undefined;
  for (let bucketMs = slotStart(1); ; bucketMs *= 2) {
    const startedAt = Math.floor(first / bucketMs) * bucketMs;
    const buckets = Math.ceil((last - startedAt) / bucketMs);
    if (bucketMs >= longest && buckets <= most) return { startedAt, bucketMs, buckets };
  }
}

/** The bucket that contains a moment. @param at Unix milliseconds */
export function bucketAt({ startedAt, bucketMs }: TimeGrid, at: number): number {
  return Math.floor((at - startedAt) / bucketMs);
}
