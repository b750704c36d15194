import { valueAt } from "../../lib/log-buckets.ts";
import type { RatioEstimate } from "../../model/report.ts";
import type { BucketCounts } from "../../store/store.ts";
import { totalOf } from "../statistics/bucket-statistics.ts";
import { evidenceBar, logDiscordanceEvidence } from "../statistics/e-values.ts";
import type { Judgement } from "./judgement.ts";
import { formatCount, formatFactor, formatInterval, formatPlural } from "../../presentation/number-format.ts";

/** Fewer pairs than this cannot fail: a version that has just started is slow, and is not yet what it will be. */
const MIN_LATENCY_PAIRS = 100;
/** Where so many would not be enough at the present share, none is named. */
const MOST_NEEDED = 10_000_000;

/** What the latency of one endpoint, or of all, is judged from. */
export interface LatencyEvidence {
  /** candidate / primary of every exchange that was ever measured. */
  readonly ratios: BucketCounts;
  /** For the words: the typical ratio. */
  readonly ratio: RatioEstimate | null;
  readonly bias: RatioEstimate | null;
}

/**
 * Whether the candidate is slower than allowed, safe to look at any time, from the exact counts of all exchanges. Each
 * exchange is a coin: slower than allowed, or not.
 * - `fail`: slower more often than not, by the evidence that the bar asks. An exchange counts as slower only when its whole
 *   bucket lies above the allowed ratio, and that is raised by the upper end of what a mirrored leg takes longer anyway.
 * - `pass`: within the allowed ratio more often than not, by evidence of 20 to 1. Here an exchange counts as within only when
 *   its whole bucket is, and the mirror is allowed only the lower end.
 * - `inconclusive`: neither yet.
 * @param allowed largest median of candidate / primary
 * @returns null when nothing was measured
 */
export function judgeLatency(latency: LatencyEvidence, allowed: number, bar: number): Judgement | null {
  const pairs = totalOf(latency.ratios);
  if (pairs === 0) return null;
  const limit = allowedRatio(latency.bias, allowed);
  const slower = countWhere(latency.ratios, (bucket) => valueAt(bucket) >= limit);
  const surelyWithin = allowed * Math.max(1, latency.bias?.low ?? 1);
  const within = countWhere(latency.ratios, (bucket) => valueAt(bucket + 1) <= surelyWithin);
  if (pairs >= MIN_LATENCY_PAIRS && isMostly(slower, pairs, bar)) {
    return { verdict: "fail", reasons: [tooSlowText(latency, allowed, slower, pairs)] };
  }
  if (isMostly(within, pairs, evidenceBar())) return { verdict: "pass", reasons: [] };
  return { verdict: "inconclusive", reasons: [undecidedText(latency, allowed, { slower, within, pairs, bar })] };
}

/** How much slower a candidate may be: what the gate allows, times what the machine alone adds to any mirrored leg. */
export function allowedRatio(bias: RatioEstimate | null, allowed: number): number {
  return allowed * Math.max(1, bias?.high ?? 1);
}

/** The part of the limit that mirroring adds: ` = 1.1× times 1.08× mirroring overhead`. */
function overheadText(bias: RatioEstimate | null, allowed: number): string {
  if (bias === null || bias.high <= 1) return "";
  return ` = ${formatFactor(allowed)} times ${formatFactor(bias.high)} mirroring overhead`;
}

function countWhere({ buckets, counts }: BucketCounts, condition: (bucket: number) => boolean): number {
  return buckets.reduce((sum, bucket, at) => (condition(bucket) ? sum + (counts[at] ?? 0) : sum), 0);
}

function isMostly(count: number, total: number, bar: number): boolean {
  return 2 * count > total && logDiscordanceEvidence(count, total - count) >= bar;
}

function typicalText({ ratio, bias }: LatencyEvidence, allowed: number): string {
  const limit = `limit ${formatFactor(allowedRatio(bias, allowed))}${overheadText(bias, allowed)}`;
  if (ratio === null) return `the latency ratio is unknown (${limit})`;
  const interval = formatInterval(ratio, formatFactor);
  return `the candidate takes ${formatFactor(ratio.estimate)} as long as the primary (${interval}, ${limit})`;
}

function tooSlowText(latency: LatencyEvidence, allowed: number, slower: number, pairs: number): string {
  return (
    `${typicalText(latency, allowed)}; ` +
    `${formatCount(slower)} of ${formatPlural(pairs, "response")} exceed the limit`
  );
}

interface Undecided {
  readonly slower: number;
  readonly within: number;
  readonly pairs: number;
  readonly bar: number;
}

function undecidedText(latency: LatencyEvidence, allowed: number, { slower, within, pairs, bar }: Undecided): string {
  const needed =
    slower > within
      ? Math.max(MIN_LATENCY_PAIRS, pairsUntil(slower / pairs, bar))
      : pairsUntil(within / pairs, evidenceBar());
  const more =
    needed > MOST_NEEDED
      ? "this is too close to the limit to decide"
      : needed - pairs <= 1
        ? "about one more response is needed"
        : `about ${formatCount(needed - pairs)} more responses are needed`;
  return (
    `latency is inconclusive: ${typicalText(latency, allowed)}; of ${formatPlural(pairs, "response")}, ` +
    `${formatCount(slower)} ${slower === 1 ? "exceeds" : "exceed"} the limit and ${formatCount(within)} ` +
    `${within === 1 ? "is" : "are"} clearly within it; ${more}`
  );
}

/** How many pairs give enough evidence, if the share stays as it is; infinite for a half and less. */
function pairsUntil(share: number, bar: number): number {
  const isEnough = (total: number): boolean => logDiscordanceEvidence(share * total, (1 - share) * total) >= bar;
  if (share <= 0.5) return Number.POSITIVE_INFINITY;
  let total = 1;
  while (total <= MOST_NEEDED && !isEnough(total)) total *= 2;
  let below = total / 2;
  while (total - below > 1) {
    const middle = Math.floor((below + total) / 2);
    if (isEnough(middle)) total = middle;
    else below = middle;
  }
  return total;
}
