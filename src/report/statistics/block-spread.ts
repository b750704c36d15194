/** What the exchanges of one period add to a mean. */
export interface BlockSum {
  /** Unix milliseconds; inclusive. */
  readonly startedAt: number;
  /** Unix milliseconds; exclusive. */
  readonly endsAt: number;
  /** The sum of a quantity over the exchanges of the period. */
  readonly sum: number;
  readonly count: number;
}

/** Fewer blocks of twice the length say too little about the spread. */
const FEWEST_BLOCKS = 12;
/** Decisions are made about three standard errors from the mean, so that is where a t distribution has to be as wide. */
const CRITICAL = 3;

/**
 * How many times larger the variance of a mean is than with independent exchanges: bursts, pauses and wandering speed make
 * neighboring exchanges alike. It compares the spread of blocks with that of independent exchanges (cluster-robust variance).
 * Blocks depend on their neighbors too, so the variance is extrapolated from their first autocorrelation (Andrews & Monahan 1992),
 * corrected for its bias in short series (Kendall 1954); where blocks of twice the length vary more than that, their spread
 * counts. Few blocks know their own spread badly: the factor between the quantiles of t and normal distribution makes up for
 * it (Abramowitz & Stegun 26.7.5).
 * @param sums ascending; the deviations from the mean that is judged, so that they add up to about 0
 * @param variance of the quantity in a single exchange
 * @returns at least 1; infinite if all exchanges are in one block
 */
export function inflationOfMean(sums: readonly BlockSum[], variance: number): number {
  const longest = sums.reduce((length, { startedAt, endsAt }) => Math.max(length, endsAt - startedAt), 0);
  const blocks = mergeBlocks(sums, ({ startedAt }) => Math.floor(startedAt / longest));
  const doubled = mergeBlocks(blocks, ({ index }) => Math.floor(index / 2));
  const extrapolated = inflationOf(blocks, variance) * extrapolation(blocks);
  return Math.max(1, extrapolated, doubled.length >= FEWEST_BLOCKS ? inflationOf(doubled, variance) : 1);
}

interface IndexedBlock {
  readonly index: number;
  readonly sum: number;
  readonly count: number;
}

/** Adds up neighbors with the same index. */
function mergeBlocks<Block extends Pick<BlockSum, "sum" | "count">>(
  blocks: readonly Block[],
  indexOf: (block: Block) => number,
): readonly IndexedBlock[] {
  const merged: { index: number; sum: number; count: number }[] = [];
  let last: { index: number; sum: number; count: number } | undefined;
  for (const block of blocks) {
    const index = indexOf(block);
    if (last?.index === index) {
      last.sum += block.sum;
      last.count += block.count;
    } else {
      last = { index, sum: block.sum, count: block.count };
      merged.push(last);
    }
  }
  return merged;
}

/** The spread of blocks as if they were independent, compared with that of independent exchanges. */
function inflationOf(blocks: readonly IndexedBlock[], variance: number): number {
  if (blocks.length < 2) return Number.POSITIVE_INFINITY;
  let [total, squaredCounts, squares] = [0, 0, 0];
  for (const { sum, count } of blocks) {
    total += count;
    squaredCounts += count ** 2;
    squares += sum ** 2;
  }
  // Blocks of very different size are worth fewer of equal size (Kish 1965).
  const degrees = total ** 2 / squaredCounts - 1;
  const ratio = (squares * withFew(blocks)) / (total * variance);
  return ratio * widening(Math.max(degrees, 0.5)) ** 2;
}

/** How many times larger the variance of a mean is because neighboring blocks depend on each other. */
function extrapolation(blocks: readonly IndexedBlock[]): number {
  let [squares, products] = [0, 0];
  for (const [at, { index, sum }] of blocks.entries()) {
    squares += sum ** 2;
    const next = blocks[at + 1];
    if (next?.index === index + 1) products += sum * next.sum;
  }
  const number = blocks.length;
  const correlation = squares > 0 ? Math.max(0, (products / squares) * withFew(blocks)) : 0;
  const unbiased = Math.min(correlation + (1 + 3 * correlation) / number, 1 - 1 / (2 * number));
  return (1 + unbiased) / (1 - unbiased);
}

/** Deviations from an estimated mean are smaller than from the true one. */
function withFew({ length }: readonly IndexedBlock[]): number {
  return length / Math.max(1, length - 1);
}

/** How much wider a t distribution is than a normal one. */
function widening(degrees: number): number {
  const square = CRITICAL ** 2;
  return (
    1 +
    (square + 1) / (4 * degrees) +
    (5 * square ** 2 + 16 * square + 3) / (96 * degrees ** 2) +
    (3 * square ** 3 + 19 * square ** 2 + 17 * square - 15) / (384 * degrees ** 3)
  );
}

/** Medians can be decided from a few dozen exchanges on; the boundary is tightest for samples ten times as large. */
const EARLY_MIXTURE = 16;

/**
 * How many standard errors wide an interval of a mean has to be on each side to cover it at all times together: the boundary of a
 * normal mixture (Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021, (14)). Means of blocks are normal only about, so the
 * confidence is asymptotic (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024).
 * @param exchanges as many independent ones as would give the same variance
 * @param bar the evidence that excludes a value: ln E
 * @param mixture about a tenth of the number of exchanges for which the boundary is tightest
 */
export function anytimeErrors(exchanges: number, bar: number, mixture = EARLY_MIXTURE): number {
  return Math.sqrt((1 + mixture / exchanges) * (Math.log1p(exchanges / mixture) + 2 * bar));
}
