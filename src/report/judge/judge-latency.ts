import type { LatencyReport } from "../../model/report.ts";
import type { LatencyHistograms } from "../../store/store.ts";
import { quantilesOf } from "../statistics/bucket-statistics.ts";
import type { Judgement } from "./judgement.ts";
import { estimatesOf } from "../statistics/latency-sample.ts";
import { allowedRatio, judgeLatency } from "./latency-verdict.ts";
import { withMedians } from "../statistics/paired-latency.ts";

export interface JudgedLatency {
  readonly report: LatencyReport;
  /** Null when nothing was measured. */
  readonly judgement: Judgement | null;
}

/**
 * The latencies of one endpoint, or of all: quantiles and verdict from the counts of all exchanges, estimates from the pairs
 * that were kept.
 * @param sample of the same exchanges
 * @param allowed largest median of candidate / primary
 * @param bar ln E that a failure takes
 */
export function judgedLatency(
  series: LatencyHistograms,
  sample: Float32Array,
  allowed: number,
  bar: number,
): JudgedLatency {
  const { paired, tail } = estimatesOf(sample);
  const estimates = withMedians(paired, series.ratio, series.bias);
  const { ratio, bias } = estimates;
  const judgement = judgeLatency({ ratios: series.ratio, ratio, bias }, allowed, bar);
  const report = {
    primary: quantilesOf(series.primary),
    candidate: quantilesOf(series.candidate),
    secondary: quantilesOf(series.secondary),
    ...estimates,
    tail,
    allowed: allowedRatio(bias, allowed),
    verdict: judgement?.verdict ?? null,
  };
  return { report, judgement };
}
