/** Counts of consecutive blocks of time, oldest first: parallel lists, because a report scans them often. */
export interface BlockSeries {
  /** Unix ms, inclusive. */
  readonly startedAt: readonly number[];
  /** Unix ms, exclusive. */
  readonly endsAt: readonly number[];
  /** Exchanges in each block that could show the event; above 0. */
  readonly pairs: readonly number[];
  /** Those in which it happened to the first side only. */
  readonly first: readonly number[];
  /** Those in which it happened to the second side only. */
  readonly second: readonly number[];
}

/** Counts of one or more blocks. Those of bursts that count as one event may be fractions. */
export interface StretchCounts {
  readonly first: number;
  readonly second: number;
  readonly pairs: number;
}

export const NO_SERIES: BlockSeries = { startedAt: [], endsAt: [], pairs: [], first: [], second: [] };

/** The series of blocks; blocks without pairs are left out. */
export function seriesOf<Block extends { readonly startedAt: number; readonly endsAt: number }>(
  blocks: readonly Block[],
  countsOf: (block: Block) => StretchCounts,
): BlockSeries {
  const series = emptySeries();
  for (const block of blocks) {
    const { first, second, pairs } = countsOf(block);
    if (pairs === 0) continue;
    series.startedAt.push(block.startedAt);
    series.endsAt.push(block.endsAt);
    series.pairs.push(pairs);
    series.first.push(first);
    series.second.push(second);
  }
  return series;
}

/**
 * Adds up series with different blocks. Any two blocks must be disjoint, or one contains the other, as with dyadic blocks; the
 * larger ones make up the sum.
 */
export function sumSeries(all: readonly BlockSeries[]): BlockSeries {
  if (all.length <= 1) return all[0] ?? NO_SERIES;
  const middle = all.length >> 1;
  return sumTwo(sumSeries(all.slice(0, middle)), sumSeries(all.slice(middle)));
}

function sumTwo(one: BlockSeries, other: BlockSeries): BlockSeries {
  const sum = emptySeries();
  let [at, otherAt] = [0, 0];
  while (at < one.pairs.length || otherAt < other.pairs.length) {
    if (isNext(one, at, other, otherAt)) addBlock(sum, one, at++);
    else addBlock(sum, other, otherAt++);
  }
  return sum;
}

/** Whether the block of one series comes before that of the other: a containing one before those that it contains. */
function isNext(one: BlockSeries, at: number, other: BlockSeries, otherAt: number): boolean {
  const start = one.startedAt[at] ?? Number.POSITIVE_INFINITY;
  const otherStart = other.startedAt[otherAt] ?? Number.POSITIVE_INFINITY;
  return start === otherStart ? (one.endsAt[at] ?? 0) >= (other.endsAt[otherAt] ?? 0) : start < otherStart;
}

/** Adds a block to the last one if that contains it, and after it otherwise. */
function addBlock(sum: ReturnType<typeof emptySeries>, series: BlockSeries, block: number): void {
  const startedAt = series.startedAt[block] ?? 0;
  const [pairs, first, second] = [series.pairs[block] ?? 0, series.first[block] ?? 0, series.second[block] ?? 0];
  const last = sum.endsAt.length - 1;
  if (last >= 0 && startedAt < (sum.endsAt[last] ?? 0)) {
    sum.pairs[last] = (sum.pairs[last] ?? 0) + pairs;
    sum.first[last] = (sum.first[last] ?? 0) + first;
    sum.second[last] = (sum.second[last] ?? 0) + second;
    return;
  }
  sum.startedAt.push(startedAt);
  sum.endsAt.push(series.endsAt[block] ?? 0);
  sum.pairs.push(pairs);
  sum.first.push(first);
  sum.second.push(second);
}

function emptySeries() {
  return {
    startedAt: new Array<number>(),
    endsAt: new Array<number>(),
    pairs: new Array<number>(),
    first: new Array<number>(),
    second: new Array<number>(),
  };
}

/** The sum of the blocks `from` to `to` − 1. */
export function sumBlocks(series: BlockSeries, from: number, to: number): StretchCounts {
  let [first, second, pairs] = [0, 0, 0];
  for (let block = from; block < to; block++) {
    first += series.first[block] ?? 0;
    second += series.second[block] ?? 0;
    pairs += series.pairs[block] ?? 0;
  }
  return { first, second, pairs };
}
