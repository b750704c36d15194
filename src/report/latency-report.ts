import type { LatencySeries } from "../model/difference.ts";
import type { LatencyReport } from "../model/report.ts";
import type { LatencyRow, LatencySample } from "../store/store.ts";
import { quantilesOf, type BucketCounts } from "./bucket-statistics.ts";
import type { Judgement } from "./judgement.ts";
import { allowedRatio, judgeLatency } from "./latency-verdict.ts";
import { estimatesOf } from "./latency-sample.ts";
import { withMedians } from "./paired-latency.ts";

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
  rows: readonly LatencyRow[],
  sample: Pick<LatencySample, "rows">,
  allowed: number,
  bar: number,
): JudgedLatency {
  const series = bySeries(rows);
  const buckets = (name: LatencySeries): BucketCounts => series[name];
  const ratios = buckets("ratio");
  const { paired, tail } = estimatesOf(sample);
  const estimates = withMedians(paired, ratios, buckets("bias"));
  const { ratio, bias } = estimates;
  const judgement = judgeLatency({ ratios, ratio, bias }, allowed, bar);
  const report = {
    primary: quantilesOf(buckets("primary")),
    candidate: quantilesOf(buckets("candidate")),
    secondary: quantilesOf(buckets("secondary")),
    ...estimates,
    tail,
    allowed: allowedRatio(bias, allowed),
    verdict: judgement?.verdict ?? null,
  };
  return { report, judgement };
}

function bySeries(rows: readonly LatencyRow[]): Readonly<Record<LatencySeries, BucketCounts>> {
  const all: Record<LatencySeries, Map<number, number>> = {
    primary: new Map(),
    candidate: new Map(),
    secondary: new Map(),
    ratio: new Map(),
    bias: new Map(),
  };
  for (const { series, bucket, count } of rows) {
    const counts = all[series];
    counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }
  return all;
}
