import { sumBlocks, type BlockSeries, type StretchCounts } from "./block-series.ts";
import { evidenceBar } from "./e-values.ts";
import { FEW_BLOCKS, varianceInflation } from "./variance-inflation.ts";

/** A stretch that may show a late change has at least this many exchanges, so that one burst of a hundred does not look like one. */
const MIN_EXCHANGES = 128;
/** And at least this many blocks, so that bursts within it can be seen. */
const MIN_BLOCKS = 8;
/** Start points lie 128, 181, 256, … exchanges back, at the next border between blocks. */
const STEP = Math.SQRT2;
/** A stretch with less evidence than e to 1 counts as one without evidence. */
const WORTH_LOOKING_AT = 1;
/**
 * A stretch with so much less evidence than the run changes nothing: in double precision, e^40 + 1 is e^40, and the evidence of counts
 * that are divided exceeds that of all counts by less than 20 (the regret of a bet, ½ ln n for Jeffreys' mixture of n events).
 * Their inflation need not be known, which saves a tenth of the time of all evidence.
 */
const NEGLIGIBLE = 60;
/** With fewer blocks, a few seconds of traffic, chance may look like bursts: what would be evidence without them excuses nothing. */
const ENOUGH_BLOCKS = 32;
/** A stretch is late only if its events are this much more frequent than before it: otherwise nothing began there. */
const MORE_FREQUENT = 2;
/** How much more evidence a late stretch needs to be named than the run, and how unlikely its quiet beginning must be: 20 to 1. */
const CLEARLY_BETTER = Math.log(20);

/** The newest part of a run, with its counts. */
export interface LateStretch extends StretchCounts {
  /** Unix ms. */
  readonly since: number;
}

/** What a series of blocks says about a question. */
export interface BlockEvidence {
  /** ln E. */
  readonly evidence: number;
  /** The events of either side alone. */
  readonly total: Pick<StretchCounts, "first" | "second">;
  /** As independent exchanges it would be 20 to 1 or more, and there are too few blocks to tell a change from a burst. */
  readonly isUnclear: boolean;
  /** How many events of a burst count as one; 1 if events do not clump. */
  readonly inflation: number;
  /** The stretch that most of the evidence comes from; null if it comes from the run. */
  readonly late: LateStretch | null;
}

/** The evidence of exchanges whose times are unknown: they count as independent. */
export function independentEvidence(evidence: number, total: BlockEvidence["total"]): BlockEvidence {
  return { evidence, total, isUnclear: false, inflation: 1, late: null };
}

export interface BlockQuestion {
  /** ln E for counts of independent exchanges. */
  readonly evidenceOf: (counts: StretchCounts) => number;
  /**
   * The evidence compares the two sides, which are equally likely to come first in a block. Then no block can more than double
   * it, and the first block, which knows nothing about bursts, adds none.
   */
  readonly isSymmetric: boolean;
}

/**
 * Evidence from counts by time instead of by exchange. Bursts are counted as one event: all counts are divided by the variance
 * inflation. Half of the bet is on the whole run, the other half is spread over stretches that end now and start later, at
 * distances that grow by √2, each weighed by the root of its length: so a change in the middle of a run is found soon after it
 * (Shiryaev 1963; Roberts 1966; Shin, Ramdas & Rinaldo 2023, E-detectors, with the price of the start points in the bet). A late
 * stretch inherits the clumping of the time before it and of the second side: a burst must not look like a change.
 *
 * For independent exchanges the bet on the whole run exceeds 1/α at any time with probability at most α (Ville 1939). With
 * bursts this rests on the estimated inflation; the start points move with the run, so that they bound the rate of false alarms
 * (as E-detectors do) rather than their number in an endless run. Both are measured by simulation. Few blocks show little
 * of bursts; where they are symmetric under the hypothesis, their evidence is at most a doubling per block (de la Peña 1999,
 * Annals of Probability 27:537, on self-normalized sums of symmetric terms).
 */
export function blockEvidence(series: BlockSeries, { evidenceOf, isSymmetric }: BlockQuestion): BlockEvidence {
  const blocks = series.pairs.length;
  const total = sumBlocks(series, 0, blocks);
  if (total.first + total.second === 0) return independentEvidence(Math.min(0, evidenceOf(total)), total);
  const begin = isSymmetric ? firstEvent(series) : 0;
  const inflation = varianceInflation(series, { from: begin, to: blocks }, "difference", true);
  const most = isSymmetric && blocks < FEW_BLOCKS ? (blocks - 1) * Math.LN2 : Number.POSITIVE_INFINITY;
  const whole = Math.min(most, evidenceOf(divided(total, inflation)));
  const isUnclear = isSymmetric && blocks < ENOUGH_BLOCKS && evidenceOf(total) >= evidenceBar();
  const stretches = lateStretches(series);
  if (stretches.length === 0) return { evidence: whole, total, isUnclear, inflation, late: null };

  const worthLookingAt = Math.max(WORTH_LOOKING_AT, whole - NEGLIGIBLE);
  const weights = stretches.reduce((sum, { pairs }) => sum + Math.sqrt(pairs), 0);
  let noiseInflation: number | undefined;
  const evidenceOfStretch = (stretch: Stretch): number => {
    const undivided = evidenceOf(stretch);
    // Most stretches say nothing, and their bursts need not be known: the inflation takes long to compute.
    if (undivided < worthLookingAt) return Math.min(0, undivided);
    noiseInflation ??= varianceInflation(series, { from: 0, to: blocks }, "second");
    const by = stretchInflation(series, stretch, total, noiseInflation);
    return by === 1 ? undivided : evidenceOf(divided(stretch, by));
  };
  let late = beginning(series, begin);
  let evidence = whole - Math.LN2;
  let best = evidence + CLEARLY_BETTER;
  for (const stretch of stretches) {
    const { from, first, second, pairs } = stretch;
    const share = evidenceOfStretch(stretch) + Math.log(Math.sqrt(pairs) / weights) - Math.LN2;
    evidence = logSum(evidence, share);
    if (share <= best || !isMoreFrequent(stretch, total)) continue;
    best = share;
    late = { since: series.startedAt[from] ?? 0, first, second, pairs };
  }
  return { evidence, total, isUnclear, inflation, late };
}

function isMoreFrequent(late: StretchCounts, { first, pairs }: StretchCounts): boolean {
  return late.first * (pairs - late.pairs) >= MORE_FREQUENT * (first - late.first) * late.pairs;
}

/**
 * The block in which the events begin. Without an event, a block says nothing about which side has more, so the run may as well
 * begin here; and an event that starts late must not look like a burst.
 * @returns 0 if too little has followed to see bursts
 */
function firstEvent(series: BlockSeries): number {
  const blocks = series.pairs.length;
  const from = series.pairs.findIndex((_, block) => (series.first[block] ?? 0) + (series.second[block] ?? 0) > 0);
  return blocks - from >= MIN_BLOCKS && sumBlocks(series, from, blocks).pairs >= MIN_EXCHANGES ? from : 0;
}

/** The part of the run since the events began, if chance does not explain that none came before; null otherwise. */
function beginning(series: BlockSeries, from: number): LateStretch | null {
  if (from === 0) return null;
  const counts = sumBlocks(series, from, series.pairs.length);
  const expectedBefore = ((counts.first + counts.second) / counts.pairs) * sumBlocks(series, 0, from).pairs;
  return expectedBefore < CLEARLY_BETTER ? null : { since: series.startedAt[from] ?? 0, ...counts };
}

interface Stretch extends StretchCounts {
  /** Its first block. */
  readonly from: number;
}

/** Stretches of the series that end with it, shortest first. */
function lateStretches(series: BlockSeries): readonly Stretch[] {
  const stretches: Stretch[] = [];
  const blocks = series.pairs.length;
  let [first, second, pairs, next] = [0, 0, 0, MIN_EXCHANGES];
  for (let from = blocks - 1; from > 0; from--) {
    first += series.first[from] ?? 0;
    second += series.second[from] ?? 0;
    pairs += series.pairs[from] ?? 0;
    if (pairs < next || blocks - from < MIN_BLOCKS) continue;
    stretches.push({ from, first, second, pairs });
    while (next <= pairs) next *= STEP;
  }
  return stretches;
}

/**
 * The variance inflation of a late stretch: its own, or what the noise of the run would give it. The noise is the second side,
 * or the first side before the stretch; its share of the events in the stretch comes in bursts as it does elsewhere.
 */
function stretchInflation(
  series: BlockSeries,
  { from, first, second, pairs }: Stretch,
  total: StretchCounts,
  noiseInflation: number,
): number {
  const events = first + second;
  if (events === 0) return 1;
  const own = varianceInflation(series, { from, to: series.pairs.length }, "difference");
  const before = varianceInflation(series, { from: 0, to: from }, "first");
  const rateBefore = (total.first - first) / (total.pairs - pairs);
  const noise = 2 * pairs * Math.max(total.second / total.pairs, rateBefore);
  return Math.max(own, 1 + (Math.max(noiseInflation, before) - 1) * Math.min(1, noise / events));
}

function divided({ first, second, pairs }: StretchCounts, by: number): StretchCounts {
  return { first: first / by, second: second / by, pairs: pairs / by };
}

/** ln(eᵃ + eᵇ). */
function logSum(a: number, b: number): number {
  const larger = Math.max(a, b);
  if (!Number.isFinite(larger)) return larger;
  return larger + Math.log(Math.exp(a - larger) + Math.exp(b - larger));
}
