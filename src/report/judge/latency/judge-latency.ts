import { memoizeLast } from "../../../lib/memoize.ts";
import type { LatencyReport, Verdict } from "../../../model/report.ts";
import { formatShare } from "../../../presentation/words/number-format.ts";
import { quantilesOf, totalOf } from "../../statistics/bucket-statistics.ts";
import type { Judgment, LatencyLimits } from "../gate-thresholds.ts";
import { judgedLatencies, type LatencyBlock, type LatencyTimeline } from "./latency-timeline.ts";
import { judgeRatio } from "./ratio-verdict.ts";
import { judgeTails } from "./tail-verdict.ts";

/** If more requests than this share came back to back, the client waits for the primary. */
const CLOSED_LOOP = 0.5;

export interface JudgedLatency {
  readonly report: LatencyReport;
  /** Null if nothing was measured. */
  readonly judgment: Judgment | null;
}

/**
 * Judges the latency of one endpoint or of all: the median of the ratios, and the slowest responses.
 * @param bar the evidence that makes it fail: ln E
 */
export function judgeLatency(timeline: LatencyTimeline, limits: LatencyLimits, bar: number): JudgedLatency {
  const { latencyRatio, p95Ratio, p99Ratio, p95Ms, p99Ms } = limits;
  return judgeOnce(timeline, { latencyRatio, p95Ratio, p99Ratio, p95Ms, p99Ms, bar });
}

const judgeOnce = memoizeLast(
  (timeline: LatencyTimeline, inputs: LatencyLimits & { readonly bar: number }): JudgedLatency => {
    const { bar, ...limits } = inputs;
    const { blocks, coldStart } = timeline;
    const sums = judgedLatencies(timeline);
    const { judgment: ratioJudgment, ...ratio } = judgeRatio(timeline, limits.latencyRatio, bar);
    const tails = judgeTails({ blocks, sums }, limits, bar);
    const doubt = closedLoopDoubt(blocks);
    const excuse = (judgment: Judgment): Judgment =>
      judgment.verdict === "fail" && doubt !== null
        ? { verdict: "inconclusive", reasons: [...judgment.reasons, doubt] }
        : judgment;
    const judgedRatio = ratioJudgment === null ? null : excuse(ratioJudgment);
    const judgedTails = tails.map((tail) => excuse(tail.judgment));
    const judgment = judgedRatio === null ? null : together([judgedRatio, ...judgedTails]);
    const report: LatencyReport = {
      primary: quantilesOf(sums.primary),
      candidate: quantilesOf(sums.candidate),
      secondary: quantilesOf(sums.secondary),
      ...ratio,
      allowed: limits.latencyRatio,
      coldStart,
      tails: tails.map((tail, at) => ({ ...tail.report, verdict: judgedTails[at]?.verdict ?? tail.report.verdict })),
      ratioVerdict: judgedRatio?.verdict ?? null,
      verdict: judgment?.verdict ?? null,
    };
    return { report, judgment };
  },
);

/** The most severe of several judgments. */
function together(judgments: readonly Judgment[]): Judgment {
  const has = (verdict: Verdict): boolean => judgments.some((judgment) => judgment.verdict === verdict);
  const verdict = has("fail") ? "fail" : has("inconclusive") ? "inconclusive" : "pass";
  const reasons = judgments.filter((judgment) => judgment.verdict === verdict).flatMap((judgment) => judgment.reasons);
  return { verdict, reasons: [...new Set(reasons)] };
}

/**
 * Why the candidate's latency proves nothing, if it does not. A client that waits for each response sends nothing while the
 * primary pauses, so a pause costs the primary one slow response; while the candidate pauses, the client goes on, and many copies
 * queue. A secondary queues in the same way.
 */
function closedLoopDoubt(blocks: readonly LatencyBlock[]): string | null {
  const sum = (of: (block: LatencyBlock) => number): number => blocks.reduce((total, block) => total + of(block), 0);
  const exchanges = sum(({ latencies }) => totalOf(latencies.ratio));
  const backToBack = sum((block) => block.backToBack);
  if (exchanges === 0 || backToBack <= CLOSED_LOOP * exchanges) return null;
  if (sum(({ latencies }) => totalOf(latencies.bias)) > 0) return null;
  const share = formatShare(Math.min(1, backToBack / exchanges));
  return (
    `the client waits for the primary's responses (${share} of requests are back to back), so pauses of the primary slow the client down, ` +
    "and pauses of the candidate pile up; send requests at a fixed rate (--rate), or use a secondary"
  );
}
