import type { LatencyReport, RatioEstimate, RecentChange } from "../../../model/report.ts";
import {
  formatTime,
  formatCount,
  formatFactor,
  formatInterval,
  formatPlural,
  formatShare,
} from "../../../presentation/words/number-format.ts";
import type { LatencyHistograms } from "../../../store/store.ts";
import { evidenceBar } from "../../statistics/e-values.ts";
import {
  canExceed,
  exchangesUntil,
  independentSample,
  isBounded,
  isFarAbove,
  medianInterval,
  ratioSample,
  shareAbove,
  type RatioSample,
} from "../../statistics/median-of-blocks.ts";
import { countBelow, quantile, totalOf } from "../../statistics/bucket-statistics.ts";
import { finePosition } from "../../../lib/log-buckets.ts";
import { startPoints } from "../../statistics/start-points.ts";
import type { Judgment } from "../gate-thresholds.ts";
import { judgedLatencies, NO_TIMELINE, type LatencyBlock, type LatencyTimeline } from "./latency-timeline.ts";

/** Fewer exchanges do not show how far the speed of a server wanders. */
const FEW_EXCHANGES = 1_000;
/** With so few exchanges, the candidate fails only if it exceeds this multiple of the limit. */
const CLEARLY_SLOWER = 1.5;
/** Fewer exchanges never fail. */
const FEWEST_EXCHANGES = 100;
/** The part of the run before a change counts if it is worth as many independent exchanges. */
const FEWEST_INDEPENDENT = 50;
/** An overhead of mirroring is excused up to this factor, or up to one millisecond of the primary's median. */
const EXCUSED_OVERHEAD = 1.25;
const EXCUSED_MS = 1;
/** Each of two tests may fail a candidate: the second one pays for that with half of its chances. */
const PRICE_OF_SECOND_TEST = Math.LN2;
/** From this inflation of the variance on, a reason says how few independent responses the run is worth. */
const NAMED_INFLATION = 4;

/** The ratios of a run, and what they say about the candidate. */
export interface JudgedRatio extends Pick<
  LatencyReport,
  "ratio" | "twin" | "bias" | "excusedOverhead" | "inflation" | "change"
> {
  /** Null if nothing was measured. */
  readonly judgment: Judgment | null;
}

/**
 * Decides whether the candidate is slower than allowed, from the intervals that the report shows. It can be checked at any time.
 * - `fail`: the interval of candidate / primary lies above the limit, or its ratios lie far above it; and so does candidate /
 *   secondary where there is a secondary, which pays the same overhead of mirroring; or both do so since a start point late in
 *   the run.
 * - `pass`: one of the two intervals lies within the limit, the overhead of mirroring is at most the excused one if it is
 *   candidate / secondary, and no recent part of the run contradicts.
 * - `inconclusive`: neither yet.
 * @param allowed largest median ratio
 * @param bar the evidence that makes it fail: ln E
 */
export function judgeRatio(timeline: LatencyTimeline, allowed: number, bar: number): JudgedRatio {
  const samples = samplesOf(timeline, judgedLatencies(timeline));
  const intervals = intervalsOf(samples);
  const excusedOverhead = excusedBy(timeline.totals);
  const shown = { ...intervals, excusedOverhead, inflation: knownInflation(samples.ratio) };
  const { ratio } = intervals;
  if (samples.ratio === null || ratio === null) return { ...shown, change: null, judgment: null };
  const evidence: RatioEvidence = { ...shown, ratio, samples: { ...samples, ratio: samples.ratio }, allowed, bar };
  if (isSlower(evidence.samples, timeline.coldStart, allowed, bar)) {
    return { ...shown, change: null, judgment: { verdict: "fail", reasons: [slowerText(evidence)] } };
  }
  const found = recentChange(timeline.blocks, allowed, bar);
  if (found !== null) {
    const { change, isProven } = found;
    const judgment: Judgment = {
      verdict: isProven ? "fail" : "inconclusive",
      reasons: [changeText(change, allowed)],
    };
    return { ...shown, change, judgment };
  }
  if (isWithin(evidence)) return { ...shown, change: null, judgment: { verdict: "pass", reasons: [] } };
  return { ...shown, change: null, judgment: { verdict: "inconclusive", reasons: [undecidedText(evidence)] } };
}

/** Whether there are enough ratios for an interval of their median that is narrower than their range. */
export function hasRatioInterval(timeline: LatencyTimeline): boolean {
  const { ratio } = samplesOf(timeline, judgedLatencies(timeline));
  return ratio !== null && isBounded(ratio, evidenceBar());
}

type Intervals = Pick<LatencyReport, "ratio" | "twin" | "bias">;

function intervalsOf(samples: Record<keyof Samples, RatioSample | null>): Intervals {
  return { ratio: estimateOf(samples.ratio), twin: estimateOf(samples.twin), bias: estimateOf(samples.bias) };
}

function estimateOf(sample: RatioSample | null): RatioEstimate | null {
  return sample === null ? null : medianInterval(sample, evidenceBar());
}

/** With all exchanges in one block, nothing is known. */
function knownInflation(sample: RatioSample | null): number | null {
  return sample === null || !Number.isFinite(sample.inflation) ? null : sample.inflation;
}

interface Samples {
  readonly ratio: RatioSample;
  readonly twin: RatioSample | null;
  readonly bias: RatioSample | null;
}

interface RatioEvidence extends Pick<LatencyReport, "twin" | "bias" | "excusedOverhead"> {
  readonly ratio: RatioEstimate;
  readonly samples: Samples;
  readonly allowed: number;
  readonly bar: number;
}

/** @param sums of the blocks, if they are known */
function samplesOf(
  { totals, blocks }: LatencyTimeline,
  sums?: LatencyHistograms,
): Record<keyof Samples, RatioSample | null> {
  const of = (series: keyof Samples): RatioSample | null =>
    blocks.length === 0 ? independentSample(totals[series]) : ratioSample(ratioBlocks(blocks, series), sums?.[series]);
  return { ratio: of("ratio"), twin: of("twin"), bias: of("bias") };
}

function ratioBlocks(blocks: readonly LatencyBlock[], series: keyof Samples): Parameters<typeof ratioSample>[0] {
  return blocks.map(({ startedAt, endsAt, latencies }) => ({ startedAt, endsAt, counts: latencies[series] }));
}

function excusedBy({ primary }: LatencyHistograms): number {
  const median = quantile(primary, 0.5);
  return median === null ? EXCUSED_OVERHEAD : Math.max(EXCUSED_OVERHEAD, 1 + EXCUSED_MS / median);
}

/** Both ratios are above the limit. A secondary whose latency was not compared with the candidate's proves nothing. */
function isSlower({ ratio, twin, bias }: Samples, coldStart: number, allowed: number, bar: number): boolean {
  const exchanges = ratio.total + coldStart;
  if (exchanges < FEWEST_EXCHANGES) return false;
  const limit = exchanges < FEW_EXCHANGES ? allowed * CLEARLY_SLOWER : allowed;
  const isAbove = (sample: RatioSample): boolean =>
    (isBounded(sample, bar) && medianInterval(sample, bar).low > limit) ||
    isFarAbove(sample, limit, bar + PRICE_OF_SECOND_TEST);
  return isAbove(ratio) && (bias === null || (twin !== null && isAbove(twin)));
}

/** A sample that bounds nothing has an interval of the ratios that happened to be seen: that proves nothing. */
function isWithin({ ratio, twin, bias, excusedOverhead, samples, allowed }: RatioEvidence): boolean {
  const isBelow = (sample: RatioSample | null, interval: RatioEstimate | null): boolean =>
    sample !== null && interval !== null && isBounded(sample, evidenceBar()) && interval.high <= allowed;
  return (
    isBelow(samples.ratio, ratio) || (isBelow(samples.twin, twin) && bias !== null && bias.estimate <= excusedOverhead)
  );
}

/** The longest recent part of the run that is proven to be slower than allowed, or else one that contradicts a pass. */
function recentChange(
  blocks: readonly LatencyBlock[],
  allowed: number,
  bar: number,
): { readonly change: RecentChange; readonly isProven: boolean } | null {
  const mayBeSlow = slowEndings(blocks, allowed);
  const found = startPoints(blocks).flatMap(({ index, price }) => {
    if (mayBeSlow[index] !== true) return [];
    const recent = samplesOf({ ...NO_TIMELINE, blocks: blocks.slice(index) });
    const before = samplesOf({ ...NO_TIMELINE, blocks: blocks.slice(0, index) });
    const ratio = spreadLike(recent.ratio, before.ratio);
    const twin = spreadLike(recent.twin, before.twin);
    if (ratio === null || ratio.total < FEWEST_EXCHANGES) return [];
    const isSlowerBy = (needed: number): boolean =>
      isBounded(ratio, needed) &&
      medianInterval(ratio, needed).low > allowed &&
      (recent.bias === null || (twin !== null && medianInterval(twin, needed).low > allowed));
    if (!isSlowerBy(evidenceBar())) return [];
    const since = blocks[index]?.startedAt ?? 0;
    const change = { since, exchanges: ratio.total, ratio: medianInterval(ratio, evidenceBar()) };
    return [{ change, isProven: isSlowerBy(bar + price) }];
  });
  return found.find(({ isProven }) => isProven) ?? found[0] ?? null;
}

/**
 * For each block, whether the ratios from it to the end of the run could be proven to exceed the limit if they did not depend on
 * each other, with enough of them before it: how far they do takes longer to compute.
 */
function slowEndings(blocks: readonly LatencyBlock[], allowed: number): readonly boolean[] {
  const ratios = sharesWithin(blocks, "ratio", allowed);
  const twins = sharesWithin(blocks, "twin", allowed);
  const total = ratios[0]?.total ?? 0;
  return ratios.map((ratio, at) => {
    const twin = twins[at];
    if (ratio.total < FEWEST_EXCHANGES || total - ratio.total < FEW_EXCHANGES) return false;
    return (
      canExceed(ratio, evidenceBar()) && (twin === undefined || twin.total === 0 || canExceed(twin, evidenceBar()))
    );
  });
}

/** Of the ratios from each block to the end of the run, how many lie within the limit. */
function sharesWithin(
  blocks: readonly LatencyBlock[],
  series: keyof Samples,
  allowed: number,
): readonly { readonly total: number; readonly within: number }[] {
  const position = finePosition(allowed);
  let [total, within] = [0, 0];
  return blocks
    .toReversed()
    .map(({ latencies }) => {
      total += totalOf(latencies[series]);
      within += countBelow(latencies[series], position);
      return { total, within };
    })
    .toReversed();
}

/** A recent sample varies at least as much as the run before it; null if too little is known about that. */
function spreadLike(recent: RatioSample | null, before: RatioSample | null): RatioSample | null {
  if (recent === null || before === null) return null;
  if (before.total < FEW_EXCHANGES || before.total / before.inflation < FEWEST_INDEPENDENT) return null;
  return { ...recent, inflation: Math.max(recent.inflation, before.inflation) };
}

function comparedText({ ratio, twin, samples, allowed }: RatioEvidence): string {
  const range = rangeText(ratio, samples.ratio);
  const secondary =
    twin === null
      ? ""
      : `, and ${formatFactor(twin.estimate)} as long as the secondary (${rangeText(twin, samples.twin)})`;
  return (
    `the candidate takes ${formatFactor(ratio.estimate)} as long as the primary (${range}, limit ${formatFactor(allowed)})` +
    `${secondary}${dependenceText(samples.ratio)}`
  );
}

/** The interval; with few exchanges it is the range of all ratios, which looks certain and is not. */
function rangeText(estimate: RatioEstimate, sample: RatioSample | null): string {
  return sample !== null && isBounded(sample, evidenceBar())
    ? formatInterval(estimate, formatFactor)
    : "too few responses for an interval";
}

/** An interval that reaches below the limit does not show why the candidate fails. */
function slowerText(evidence: RatioEvidence): string {
  const { ratio, twin, samples, allowed } = evidence;
  if (ratio.low > allowed && (twin === null || twin.low > allowed)) return comparedText(evidence);
  const share = Math.min(
    shareAbove(samples.ratio, allowed),
    samples.twin === null ? 1 : shareAbove(samples.twin, allowed),
  );
  return `${comparedText(evidence)}; ${formatShare(share)} of responses are above the limit`;
}

function dependenceText({ total, inflation }: RatioSample): string {
  if (inflation < NAMED_INFLATION || !Number.isFinite(inflation)) return "";
  const independent = formatPlural(Math.max(1, Math.floor(total / inflation)), "independent one");
  return `; neighboring responses are alike, so ${formatPlural(total, "response")} say as much as ${independent}`;
}

function changeText({ since, exchanges, ratio }: RecentChange, allowed: number): string {
  return (
    `since ${formatTime(since)} (${formatPlural(exchanges, "response")}), the candidate takes ` +
    `${formatFactor(ratio.estimate)} as long as the primary (${formatInterval(ratio, formatFactor)}, limit ${formatFactor(allowed)})`
  );
}

function undecidedText(evidence: RatioEvidence): string {
  const { twin, bias, excusedOverhead, allowed } = evidence;
  const text = comparedText(evidence);
  const { twin: sample } = evidence.samples;
  const isKnown = sample !== null && isBounded(sample, evidenceBar());
  if (isKnown && twin !== null && bias !== null && twin.high <= allowed) {
    return `${text}; the secondary takes ${formatFactor(bias.estimate)} as long as the primary, and at most ${formatFactor(excusedOverhead)} is excused as the overhead of mirroring`;
  }
  return `${text}; ${neededText(evidence)}`;
}

function neededText({ samples, allowed, bar }: RatioEvidence): string {
  const sample = samples.twin ?? samples.ratio;
  if (!Number.isFinite(sample.inflation)) return "all responses came at one moment; a longer run is needed";
  const isSlow = shareAbove(sample, allowed) > 0.5;
  const enough = exchangesUntil(sample, allowed, isSlow ? bar : evidenceBar());
  if (enough === null) return "this is too close to the limit to decide";
  const more = Math.max(enough, isSlow ? FEW_EXCHANGES : 0) - sample.total;
  return more <= 1 ? "about one more response is needed" : `about ${formatCount(more)} more responses are needed`;
}
