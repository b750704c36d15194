import type { LatencyPair } from "../model/difference.ts";
import type { LatencyReport } from "../model/report.ts";
import type { LatencyRow } from "../store/store.ts";
import { quantilesOf, sumBuckets } from "./bucket-statistics.ts";
import type { Judgement } from "./judgement.ts";
import { allowedRatio, judgeLatency } from "./latency-verdict.ts";
import { latencyEstimates } from "./paired-latency.ts";
import { tailOf } from "./tail.ts";

export interface JudgedLatency {
  readonly report: LatencyReport;
  /** Null when nothing was measured. */
  readonly judgement: Judgement | null;
}

/**
 * The latencies of one endpoint, or of all: quantiles and verdict from the counts of all exchanges, estimates from the pairs
 * that were kept.
 * @param pairs a uniform sample of the same exchanges
 * @param allowed largest median of candidate / primary
 * @param bar ln E that a failure takes
 */
export function judgedLatency(
  rows: readonly LatencyRow[],
  pairs: readonly LatencyPair[],
  allowed: number,
  bar: number,
): JudgedLatency {
  const series = Map.groupBy(rows, (row) => row.series);
  const buckets = (name: LatencyRow["series"]) => sumBuckets(series.get(name) ?? []);
  const ratios = buckets("ratio");
  const estimates = latencyEstimates(pairs, ratios, buckets("bias"));
  const { ratio, bias } = estimates;
  const judgement = judgeLatency({ ratios, ratio, bias }, allowed, bar);
  const report = {
    primary: quantilesOf(buckets("primary")),
    candidate: quantilesOf(buckets("candidate")),
    secondary: quantilesOf(buckets("secondary")),
    ...estimates,
    tail: tailOf(pairs),
    allowed: allowedRatio(bias, allowed),
    verdict: judgement?.verdict ?? null,
  };
  return { report, judgement };
}
