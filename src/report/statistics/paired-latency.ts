import { LRUCache } from "lru-cache";
import { hash } from "node:crypto";
import type { LatencyPair } from "../../model/latency.ts";
import type { LatencyReport, RatioEstimate } from "../../model/report.ts";
import type { BucketCounts } from "../../store/store.ts";
import { medianOf } from "./bucket-statistics.ts";
import { hodgesLehmann } from "./hodges-lehmann.ts";
import { isSkewed, signedRankP, signTestP } from "./wilcoxon.ts";

/** What pairs tell of two legs. */
export type PairedEstimates = Pick<LatencyReport, "ratio" | "bias" | "pairs" | "pValue" | "test">;

/**
 * How long the candidate takes of what the primary takes, per request, and the secondary as well: its ratio is what the proxy
 * and the machine add to any mirrored leg.
 * @param pairs a uniform sample of the exchanges
 */
export function pairedEstimates(
  pairs: readonly Pick<LatencyPair, "primaryMs" | "candidateMs" | "secondaryMs">[],
): PairedEstimates {
  const logs = new Float64Array(pairs.length);
  const secondaryLogs = new Float64Array(pairs.length);
  let [at, withSecondary] = [0, 0];
  for (const { primaryMs, candidateMs, secondaryMs } of pairs) {
    logs[at++] = Math.log(candidateMs / primaryMs);
    if (secondaryMs !== null) secondaryLogs[withSecondary++] = Math.log(secondaryMs / primaryMs);
  }
  const { factor, pValue, test } = describe(logs);
  const secondary = describe(secondaryLogs.subarray(0, withSecondary));
  return { ratio: factor, bias: secondary.factor, pairs: pairs.length, pValue, test };
}

/**
 * The same for runs that were recorded before pairs were kept, and have none: their ratios are medians of the counts.
 * @param ratios candidate / primary of all exchanges
 * @param biases secondary / primary of all exchanges
 */
export function withMedians(paired: PairedEstimates, ratios: BucketCounts, biases: BucketCounts): PairedEstimates {
  return { ...paired, ratio: paired.ratio ?? medianOf(ratios), bias: paired.bias ?? medianOf(biases) };
}

type Description = Pick<LatencyReport, "pValue" | "test"> & { readonly factor: RatioEstimate | null };

/** The placebo asks the same of the same pairs. */
const MAX_DESCRIBED = 5_000;
const described = new LRUCache<string, Description>({ max: MAX_DESCRIBED });

/** @param logs logarithms of the ratios of two legs */
function describe(logs: Float64Array): Description {
  const name = hash("sha256", logs, "base64url");
  const known = described.get(name);
  if (known !== undefined) return known;
  logs.sort();
  const test = isSkewed(logs) ? "sign" : "wilcoxon";
  const pValue = logs.length === 0 ? null : test === "sign" ? signTestP(logs) : signedRankP(logs);
  const description = { factor: factorOf(logs), pValue, test } as const;
  described.set(name, description);
  return description;
}

/** The typical ratio, from its logarithms: latencies differ by factors, and so do their errors. */
function factorOf(logs: Float64Array): RatioEstimate | null {
  const centre = hodgesLehmann(logs);
  if (centre === null) return null;
  return { estimate: Math.exp(centre.estimate), low: Math.exp(centre.low), high: Math.exp(centre.high) };
}
