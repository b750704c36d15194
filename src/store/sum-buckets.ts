import type { BucketCounts } from "./store.ts";

export const NO_COUNTS: BucketCounts = { buckets: [], counts: [] };

/** A list with gaps is faster than a map up to this many buckets per counted one. */
const MAX_GAPS = 8;

/** If a sum has this many times as many buckets as its changes together, changing single buckets is faster than adding it up. */
const MANY_TIMES = 2;

/** Adds up the counts of each bucket. */
export function sumBuckets(all: readonly BucketCounts[]): BucketCounts {
  const filled = all.filter(isFilled);
  const [only] = filled;
  return filled.length <= 1 ? (only ?? NO_COUNTS) : sumFilled(filled, []);
}

/** Adds counts to a sum and subtracts others, which the sum and the added ones together contain. */
export function changeBuckets(
  sum: BucketCounts,
  added: readonly BucketCounts[],
  removed: readonly BucketCounts[],
): BucketCounts {
  const [more, less] = [added.filter(isFilled), removed.filter(isFilled)];
  const entries = [...more, ...less].reduce((total, { buckets }) => total + buckets.length, 0);
  if (entries === 0) return sum;
  return entries * MANY_TIMES > sum.buckets.length ? sumFilled([sum, ...more], less) : changeFew(sum, more, less);
}

/** Copies the sum and changes few of its counts; mostly of buckets that it has already. */
function changeFew(sum: BucketCounts, added: readonly BucketCounts[], removed: readonly BucketCounts[]): BucketCounts {
  const counts = sum.counts.slice();
  const others: BucketCounts[] = [];
  let hasEmpty = false;
  const add = ({ buckets, counts: own }: BucketCounts, sign: 1 | -1): void => {
    const missing = { buckets: new Array<number>(), counts: new Array<number>() };
    for (let from = 0, at = 0; at < buckets.length; at++) {
      const bucket = buckets[at] ?? 0;
      const change = sign * (own[at] ?? 0);
      from = positionOf(sum.buckets, bucket, from);
      if (sum.buckets[from] === bucket) {
        counts[from] = (counts[from] ?? 0) + change;
        hasEmpty ||= counts[from] === 0;
      } else {
        missing.buckets.push(bucket);
        missing.counts.push(change);
      }
    }
    if (isFilled(missing)) others.push(missing);
  };
  for (const each of added) add(each, 1);
  for (const each of removed) add(each, -1);
  const changed = { buckets: sum.buckets, counts };
  return others.length > 0 || hasEmpty ? sumFilled([changed, ...others], []) : changed;
}

/** The position of the first bucket that is not below the given one. @param from no earlier */
function positionOf(buckets: readonly number[], bucket: number, from: number): number {
  let [low, high] = [from, buckets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((buckets[middle] ?? 0) < bucket) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sumFilled(all: readonly BucketCounts[], removed: readonly BucketCounts[]): BucketCounts {
  let [lowest, highest, entries] = [Infinity, -Infinity, 0];
  for (const { buckets } of all) {
    lowest = Math.min(lowest, buckets[0] ?? lowest);
    highest = Math.max(highest, buckets.at(-1) ?? highest);
    entries += buckets.length;
  }
  const range = highest - lowest + 1;
  return range > MAX_GAPS * entries ? sumSparse(all, removed) : sumDense(all, removed, { lowest, range });
}

function isFilled({ buckets }: BucketCounts): boolean {
  return buckets.length > 0;
}

function sumDense(
  all: readonly BucketCounts[],
  removed: readonly BucketCounts[],
  { lowest, range }: { readonly lowest: number; readonly range: number },
): BucketCounts {
  const sums = new Float64Array(range);
  const add = ({ buckets, counts }: BucketCounts, sign: 1 | -1): void => {
    for (let at = 0; at < buckets.length; at++) {
      const offset = (buckets[at] ?? 0) - lowest;
      sums[offset] = (sums[offset] ?? 0) + sign * (counts[at] ?? 0);
    }
  };
  for (const each of all) add(each, 1);
  for (const each of removed) add(each, -1);
  const sum = { buckets: new Array<number>(), counts: new Array<number>() };
  for (let offset = 0; offset < range; offset++) {
    const count = sums[offset] ?? 0;
    if (count === 0) continue;
    sum.buckets.push(lowest + offset);
    sum.counts.push(count);
  }
  return sum;
}

/** For few counts far apart, as in fine buckets of a short time. */
function sumSparse(all: readonly BucketCounts[], removed: readonly BucketCounts[]): BucketCounts {
  const sums = new Map<number, number>();
  const add = ({ buckets, counts }: BucketCounts, sign: 1 | -1): void => {
    for (let at = 0; at < buckets.length; at++) {
      const bucket = buckets[at] ?? 0;
      sums.set(bucket, (sums.get(bucket) ?? 0) + sign * (counts[at] ?? 0));
    }
  };
  for (const each of all) add(each, 1);
  for (const each of removed) add(each, -1);
  const buckets = [...sums.keys()].filter((bucket) => sums.get(bucket) !== 0).sort((one, other) => one - other);
  return { buckets, counts: buckets.map((bucket) => sums.get(bucket) ?? 0) };
}
