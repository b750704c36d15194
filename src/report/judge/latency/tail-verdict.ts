import type { TailReport } from "../../../model/report.ts";
import type { Role } from "../../../model/capture.ts";
import type { BucketCounts, LatencyHistograms } from "../../../store/store.ts";
import { formatDuration, formatFactor, formatTime, formatShare } from "../../../presentation/words/number-format.ts";
import { evidenceBar } from "../../statistics/e-values.ts";
import { quantile as quantileOf } from "../../statistics/bucket-statistics.ts";
import { startPoints } from "../../statistics/start-points.ts";
import {
  countSlow,
  independentExcess,
  tailError,
  tailExcess,
  type SlowCount,
  type TailBlock,
  type TailExcess,
} from "../../statistics/tail-excess.ts";
import type { Judgment, LatencyLimits } from "../gate-thresholds.ts";
import type { LatencyBlock } from "./latency-timeline.ts";

/** Fewer responses do not show how slow the slowest are. */
const FEWEST_RESPONSES = 1_000;
const FEWEST_RECENT = 200;
/** The part of the run before a change counts if it is worth as many independent exchanges. */
const FEWEST_INDEPENDENT = 50;
/** The slowest responses of a run are decided after some thousands of exchanges; see `anytimeErrors`. */
const MIXTURE = 400;
/** A limit is at least as far above the primary's quantile: scheduling and the mirror itself cost as much. */
const SLACK_MS = 5;

/** A limit as the gate has it. */
interface TailLimit {
  readonly quantile: number;
  readonly factor: number | null;
  readonly limitMs: number;
  readonly allowed: number;
}

export interface JudgedTail {
  readonly report: TailReport;
  readonly judgment: Judgment;
}

/**
 * Decides whether the candidate's slowest responses are slower than allowed. A relative limit is a multiple of the primary's
 * p95 or p99, at least the latency ratio: a quarter as many responses as the quantile leaves, 1.25% or 0.25%, may be slower in addition to the primary's own, and to the
 * secondary's where there is one. An absolute limit leaves 5% or 1%.
 * - `fail`: more than allowed, with the evidence that the bar requires, in the entire run or since a start point late in it
 * - `inconclusive`: more than allowed, but it may be chance
 * - `pass`: no more than allowed
 * @param timeline blocks without the cold start, and their sums
 * @param bar ln E
 */
export function judgeTails(
  { blocks, sums }: { readonly blocks: readonly LatencyBlock[]; readonly sums: LatencyHistograms },
  limits: LatencyLimits,
  bar: number,
): readonly JudgedTail[] {
  return tailLimits(limits, (quantile) => quantileOf(sums.primary, quantile)).flatMap((limit) => {
    const verdict = tailVerdict(blocks, limit, bar);
    if (verdict === null) return [];
    const share = (role: Role): number | null => shareAbove(sums[role], limit.limitMs);
    const report: TailReport = {
      ...limit,
      candidate: share("candidate") ?? 0,
      primary: share("primary"),
      secondary: share("secondary"),
      ...verdict,
    };
    const reasons = report.verdict === "pass" ? [] : [tailText(report)];
    return [{ report, judgment: { verdict: report.verdict, reasons } }];
  });
}

function tailLimits(
  { latencyRatio, p95Ratio, p99Ratio, p95Ms, p99Ms }: LatencyLimits,
  ofPrimary: (quantile: number) => number | null,
): readonly TailLimit[] {
  const relative = (quantile: number, ratio: number | undefined): readonly TailLimit[] => {
    const ms = ofPrimary(quantile);
    if (ratio === undefined || ms === null) return [];
    // A candidate that may take three times as long may do so in its slowest responses too.
    const factor = Math.max(ratio, latencyRatio);
    return [{ quantile, factor, limitMs: Math.max(ms * factor, ms + SLACK_MS), allowed: (1 - quantile) / 4 }];
  };
  return [
    ...relative(0.95, p95Ratio),
    ...relative(0.99, p99Ratio),
    ...absoluteLimit(0.95, p95Ms),
    ...absoluteLimit(0.99, p99Ms),
  ];
}

function absoluteLimit(quantile: number, limitMs: number | undefined): readonly TailLimit[] {
  return limitMs === undefined ? [] : [{ quantile, factor: null, limitMs, allowed: 1 - quantile }];
}

/** @returns null if nothing was measured */
function tailVerdict(
  blocks: readonly LatencyBlock[],
  limit: TailLimit,
  bar: number,
): Pick<TailReport, "since" | "verdict"> | null {
  const series = comparedSeries(blocks, limit);
  const entire = excesses(series, limit);
  if (entire.length === 0) return null;
  if (entire.every((each) => isExcessive(each, bar))) return { since: null, verdict: "fail" };
  const recent = recentExcess(series, limit, bar);
  if (recent !== null) return { since: recent.since, verdict: recent.isProven ? "fail" : "inconclusive" };
  return { since: null, verdict: entire.every(({ excess }) => excess > 0) ? "inconclusive" : "pass" };
}

type Series = readonly TailBlock[];

/** The slow responses over time, compared with the primary, and with the secondary; or with nothing but a limit in milliseconds. */
function comparedSeries(blocks: readonly LatencyBlock[], { factor, limitMs }: TailLimit): readonly Series[] {
  const candidates = blocks.map(({ latencies }) => countSlow(latencies.candidate, limitMs));
  const series = (role: "primary" | "secondary" | null): Series =>
    blocks.map(({ startedAt, endsAt, latencies }, at) => ({
      startedAt,
      endsAt,
      candidate: candidates[at] ?? NO_RESPONSES,
      other: role === null ? null : countSlow(latencies[role], limitMs),
    }));
  return factor === null ? [series(null)] : [series("primary"), series("secondary")];
}

const NO_RESPONSES: SlowCount = { total: 0, slow: 0 };

/** The excess over each role that was measured. */
function excesses(series: readonly Series[], { allowed }: TailLimit): readonly TailExcess[] {
  return series.map((blocks) => tailExcess(blocks, allowed)).filter((each) => each !== null);
}

function shareAbove(counts: BucketCounts, limitMs: number): number | null {
  const { total, slow } = countSlow(counts, limitMs);
  return total === 0 ? null : slow / total;
}

function isExcessive(excess: TailExcess, bar: number): boolean {
  return excess.total >= FEWEST_RESPONSES && excess.excess > tailError(excess, bar, MIXTURE);
}

/** The longest recent part of the run in which more responses are slow than allowed. */
function recentExcess(
  series: readonly Series[],
  limit: TailLimit,
  bar: number,
): { readonly since: number; readonly isProven: boolean } | null {
  const [ofPrimary = []] = series;
  const mayBeSlow = slowEndings(series, limit);
  const part = (from: number, to?: number) =>
    excesses(
      series.map((blocks) => blocks.slice(from, to)),
      limit,
    );
  const found = startPoints(ofPrimary).flatMap(({ index, price }) => {
    if (mayBeSlow[index] !== true) return [];
    const [recent, before] = [part(index), part(0, index)];
    const isKnown = before.every(
      ({ total, inflation }) => total >= FEWEST_RESPONSES && total / inflation >= FEWEST_INDEPENDENT,
    );
    if (!isKnown || before.length < recent.length) return [];
    const isMore = (needed: number): boolean =>
      recent.every((each, at) => {
        const inflation = Math.max(each.inflation, before[at]?.inflation ?? 1);
        return each.total >= FEWEST_RECENT && each.excess > tailError({ ...each, inflation }, needed);
      });
    if (!isMore(evidenceBar())) return [];
    return [{ since: ofPrimary[index]?.startedAt ?? 0, isProven: isMore(bar + price) }];
  });
  return found.find(({ isProven }) => isProven) ?? found[0] ?? null;
}

/**
 * For each block, whether more of the candidate's responses are slow from it to the end of the run than chance explains if they
 * do not depend on each other: how far they do takes longer to compute.
 */
function slowEndings(series: readonly Series[], { allowed }: TailLimit): readonly boolean[] {
  const [ofPrimary = [], ofSecondary = []] = series.map((blocks) => {
    let [candidate, other]: [SlowCount, SlowCount | null] = [NO_RESPONSES, null];
    return blocks
      .toReversed()
      .map((block) => {
        candidate = addCounts(candidate, block.candidate);
        if (block.other !== null) other = addCounts(other ?? NO_RESPONSES, block.other);
        const excess = independentExcess(candidate, other, allowed);
        return excess === null
          ? null
          : excess.total >= FEWEST_RECENT && excess.excess > tailError(excess, evidenceBar());
      })
      .toReversed();
  });
  return ofPrimary.map((isSlow, at) => isSlow === true && ofSecondary[at] !== false);
}

function addCounts(one: SlowCount, other: SlowCount): SlowCount {
  return { total: one.total + other.total, slow: one.slow + other.slow };
}

function tailText({
  quantile,
  factor,
  limitMs,
  candidate,
  primary,
  secondary,
  allowed,
  since,
  verdict,
}: TailReport): string {
  const name = `p${quantile * 100}`;
  const limit = formatDuration(limitMs);
  const start = since === null ? "" : `since ${formatTime(since)}, too many responses are slow: in the entire run, `;
  const chance = verdict === "inconclusive" ? "; this may be chance" : "";
  if (factor === null) {
    return `${start}${formatShare(candidate)} of responses take longer than ${limit} from the candidate (allowed for ${name}: ${formatShare(allowed)})${chance}`;
  }
  const others = [
    ...(primary === null ? [] : [`${formatShare(primary)} from the primary`]),
    ...(secondary === null ? [] : [`${formatShare(secondary)} from the secondary`]),
  ].join(", ");
  return (
    `${start}${formatShare(candidate)} of responses take longer than ${limit} (${formatFactor(factor)} the primary's ${name}) from the candidate, ` +
    `${others} (allowed: ${formatShare(allowed)} more)${chance}`
  );
}
