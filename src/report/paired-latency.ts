import type { LatencyPair } from "../model/difference.ts";
import type { LatencyReport, RatioEstimate } from "../model/report.ts";
import { medianOf, type BucketCounts } from "./bucket-statistics.ts";
import { hodgesLehmann } from "./hodges-lehmann.ts";
import { isSkewed, signedRankP, signTestP } from "./wilcoxon.ts";

/** Not more than the store keeps of each endpoint, or the merged sample is not uniform. */
const MERGED_PAIRS = 1_000;

/**
 * A uniform sample of the exchanges of several endpoints: those with the smallest draws. It weighs each endpoint by its
 * traffic, because a pair that is no longer kept had a larger draw than all that its endpoint keeps, and so would not be
 * among the smallest of all either (a bottom-k sketch: Cohen & Kaplan 2007, Summarizing data using bottom-k sketches).
 */
export function mergePairs(pairs: readonly LatencyPair[]): readonly LatencyPair[] {
  const last = Float64Array.from(pairs, ({ draw }) => draw).sort()[MERGED_PAIRS - 1] ?? 1;
  return pairs.filter(({ draw }) => draw <= last);
}

/**
 * How long the candidate takes of what the primary takes, per request, and the secondary as well: its ratio is what the proxy
 * and the machine add to any mirrored leg.
 * @param pairs a uniform sample of the exchanges; none in runs that were recorded before pairs were kept, whose estimates are
 *   medians of the counts instead
 * @param ratios candidate / primary of all exchanges
 * @param biases secondary / primary of all exchanges
 */
export function latencyEstimates(
  pairs: readonly LatencyPair[],
  ratios: BucketCounts,
  biases: BucketCounts,
): Pick<LatencyReport, "ratio" | "bias" | "pairs" | "pValue" | "test"> {
  const logs = pairs.map(({ primaryMs, candidateMs }) => Math.log(candidateMs / primaryMs));
  const secondaryLogs = pairs.flatMap(({ primaryMs, secondaryMs }) =>
    secondaryMs === null ? [] : [Math.log(secondaryMs / primaryMs)],
  );
  const test = isSkewed(logs) ? "sign" : "wilcoxon";
  const pValue = logs.length === 0 ? null : test === "sign" ? signTestP(logs) : signedRankP(logs);
  return {
    ratio: factorOf(logs) ?? medianOf(ratios),
    bias: factorOf(secondaryLogs) ?? medianOf(biases),
    pairs: pairs.length,
    pValue,
    test,
  };
}

/** The typical ratio, from its logarithms: latencies differ by factors, and so do their errors. */
function factorOf(logs: readonly number[]): RatioEstimate | null {
  const centre = hodgesLehmann(logs);
  if (centre === null) return null;
  return { estimate: Math.exp(centre.estimate), low: Math.exp(centre.low), high: Math.exp(centre.high) };
}
