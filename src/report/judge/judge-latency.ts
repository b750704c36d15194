import { valueAt } from "../../lib/log-buckets.ts";
import type { LatencyReport, RatioEstimate } from "../../model/report.ts";
import { formatCount, formatFactor, formatInterval, formatPlural } from "../../presentation/number-format.ts";
import type { BucketCounts, LatencyHistograms } from "../../store/store.ts";
import { quantilesOf, totalOf } from "../statistics/bucket-statistics.ts";
import { evidenceBar, logDiscordanceEvidence } from "../statistics/e-values.ts";
import { estimatesOf } from "../statistics/latency-sample.ts";
import { withMedians } from "../statistics/paired-latency.ts";
import type { Judgment } from "./gate-thresholds.ts";

/** Fewer pairs cannot fail: a version that has just started is slower than it will be. */
const MIN_LATENCY_PAIRS = 100;
/** A larger number of needed pairs is not named. */
const MAX_NEEDED = 10_000_000;

export interface JudgedLatency {
  readonly report: LatencyReport;
  /** Null if nothing was measured. */
  readonly judgment: Judgment | null;
}

/**
 * Judges the latency of one endpoint or of all: quantiles and verdict from the counts of all exchanges, estimates from a sample
 * of pairs.
 * @param sample of the same exchanges
 * @param allowed largest median of candidate / primary
 * @param bar the evidence that makes it fail: ln E
 */
export function judgeLatency(
  series: LatencyHistograms,
  sample: Float32Array,
  allowed: number,
  bar: number,
): JudgedLatency {
  const { paired, tail } = estimatesOf(sample);
  const estimates = withMedians(paired, series.ratio, series.bias);
  const { ratio, bias } = estimates;
  const judgment = decideLatencyVerdict({ ratios: series.ratio, ratio, bias }, allowed, bar);
  const report = {
    primary: quantilesOf(series.primary),
    candidate: quantilesOf(series.candidate),
    secondary: quantilesOf(series.secondary),
    ...estimates,
    tail,
    allowed: allowedRatio(bias, allowed),
    verdict: judgment?.verdict ?? null,
  };
  return { report, judgment };
}

/** What the latency verdict of one endpoint, or of all, is decided from. */
export interface LatencyEvidence {
  /** candidate / primary of every exchange that was ever measured. */
  readonly ratios: BucketCounts;
  /** The typical ratio, for the reasons. */
  readonly ratio: RatioEstimate | null;
  readonly bias: RatioEstimate | null;
}

/**
 * Decides whether the candidate is slower than allowed, from the exact counts of all exchanges. It can be checked at any time
 * without inflating its error rate. Each exchange is a coin toss: above the limit, or not.
 * - `fail`: above the limit more often than not, with the evidence that the bar requires. An exchange is above only if its
 *   whole bucket is, and the limit is raised by the upper end of the mirroring overhead.
 * - `pass`: within the limit more often than not, with evidence of 20 to 1. An exchange is within only if its whole bucket is,
 *   and the limit is raised by the lower end of the overhead only.
 * - `inconclusive`: neither yet.
 * @param allowed largest median of candidate / primary
 * @returns null if nothing was measured
 */
export function decideLatencyVerdict(latency: LatencyEvidence, allowed: number, bar: number): Judgment | null {
  const pairs = totalOf(latency.ratios);
  if (pairs === 0) return null;
  const limit = allowedRatio(latency.bias, allowed);
  const above = countWhere(latency.ratios, (bucket) => valueAt(bucket) >= limit);
  const clearLimit = allowed * Math.max(1, latency.bias?.low ?? 1);
  const within = countWhere(latency.ratios, (bucket) => valueAt(bucket + 1) <= clearLimit);
  if (pairs >= MIN_LATENCY_PAIRS && isMajority(above, pairs, bar)) {
    return { verdict: "fail", reasons: [tooSlowText(latency, allowed, above, pairs)] };
  }
  if (isMajority(within, pairs, evidenceBar())) return { verdict: "pass", reasons: [] };
  return { verdict: "inconclusive", reasons: [undecidedText(latency, allowed, { above, within, pairs, bar })] };
}

/** The limit of the latency ratio: the gate's, times the overhead that mirroring adds to any mirrored request. */
export function allowedRatio(bias: RatioEstimate | null, allowed: number): number {
  return allowed * Math.max(1, bias?.high ?? 1);
}

function countWhere({ buckets, counts }: BucketCounts, condition: (bucket: number) => boolean): number {
  return buckets.reduce((sum, bucket, at) => (condition(bucket) ? sum + (counts[at] ?? 0) : sum), 0);
}

function isMajority(count: number, total: number, bar: number): boolean {
  return 2 * count > total && logDiscordanceEvidence(count, total - count) >= bar;
}

function typicalText({ ratio, bias }: LatencyEvidence, allowed: number): string {
  const limit = `limit ${formatFactor(allowedRatio(bias, allowed))}${overheadText(bias, allowed)}`;
  if (ratio === null) return `the latency ratio is unknown (${limit})`;
  const interval = formatInterval(ratio, formatFactor);
  return `the candidate takes ${formatFactor(ratio.estimate)} as long as the primary (${interval}, ${limit})`;
}

/** The part of the limit that mirroring adds: ` = 1.1× times 1.08× mirroring overhead`. */
function overheadText(bias: RatioEstimate | null, allowed: number): string {
  if (bias === null || bias.high <= 1) return "";
  return ` = ${formatFactor(allowed)} times ${formatFactor(bias.high)} mirroring overhead`;
}

function tooSlowText(latency: LatencyEvidence, allowed: number, above: number, pairs: number): string {
  const exceed = above === 1 ? "exceeds" : "exceed";
  return `${typicalText(latency, allowed)}; ${formatCount(above)} of ${formatPlural(pairs, "response")} ${exceed} the limit`;
}

interface UndecidedCounts {
  readonly above: number;
  readonly within: number;
  readonly pairs: number;
  readonly bar: number;
}

function undecidedText(
  latency: LatencyEvidence,
  allowed: number,
  { above, within, pairs, bar }: UndecidedCounts,
): string {
  const needed =
    above > within
      ? Math.max(MIN_LATENCY_PAIRS, pairsUntil(above / pairs, bar))
      : pairsUntil(within / pairs, evidenceBar());
  const more =
    needed > MAX_NEEDED
      ? "this is too close to the limit to decide"
      : needed - pairs <= 1
        ? "about one more response is needed"
        : `about ${formatCount(needed - pairs)} more responses are needed`;
  return (
    `${typicalText(latency, allowed)}; of ${formatPlural(pairs, "response")}, ` +
    `${formatCount(above)} ${above === 1 ? "exceeds" : "exceed"} the limit and ${formatCount(within)} ` +
    `${within === 1 ? "is" : "are"} clearly within it; ${more}`
  );
}

/** How many pairs give enough evidence if the share stays the same; infinite for a half and less. */
function pairsUntil(share: number, bar: number): number {
  const isEnough = (total: number): boolean => logDiscordanceEvidence(share * total, (1 - share) * total) >= bar;
  if (share <= 0.5) return Number.POSITIVE_INFINITY;
  let total = 1;
  while (total <= MAX_NEEDED && !isEnough(total)) total *= 2;
  let below = total / 2;
  while (total - below > 1) {
    const middle = Math.floor((below + total) / 2);
    if (isEnough(middle)) total = middle;
    else below = middle;
  }
  return total;
}
