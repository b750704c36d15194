import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import quickselect from "quickselect";
import type { LatencyPair } from "../../model/latency.ts";
import type { LatencyReport, RatioEstimate, TailReport } from "../../model/report.ts";
import type { BucketCounts } from "../../store/store.ts";
import { medianOf } from "./bucket-statistics.ts";
import { logDiscordanceEvidence } from "./e-values.ts";
import { hodgesLehmann } from "./hodges-lehmann.ts";

/** Responses above the 95th percentile are slow. */
const SLOW_SHARE = 0.05;

/** Estimates from latency pairs. */
export type PairedEstimates = Pick<LatencyReport, "ratio" | "bias" | "pairs">;

/**
 * The typical latency ratio of the candidate to the primary on the same request, and of the secondary to the primary: that is
 * the overhead of mirroring.
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
  return {
    ratio: typicalRatio(logs),
    bias: typicalRatio(secondaryLogs.subarray(0, withSecondary)),
    pairs: pairs.length,
  };
}

/**
 * Fills in medians of the counts where no pairs exist: runs of older versions did not keep pairs.
 * @param ratios candidate / primary of all exchanges
 * @param biases secondary / primary of all exchanges
 */
export function withMedians(paired: PairedEstimates, ratios: BucketCounts, biases: BucketCounts): PairedEstimates {
  return { ...paired, ratio: paired.ratio ?? medianOf(ratios), bias: paired.bias ?? medianOf(biases) };
}

/** The placebo needs the same estimates again. */
const estimates = new LRUCache<string, { readonly ratio: RatioEstimate | null }>({ max: 5_000 });

/** The typical ratio from logarithms, because latencies differ by factors, and so do their errors. @param logs are sorted */
function typicalRatio(logs: Float64Array): RatioEstimate | null {
  const name = hash("sha256", logs, "base64url");
  const known = estimates.get(name);
  if (known !== undefined) return known.ratio;
  const center = hodgesLehmann(logs.sort());
  const ratio =
    center === null
      ? null
      : { estimate: Math.exp(center.estimate), low: Math.exp(center.low), high: Math.exp(center.high) };
  estimates.set(name, { ratio });
  return ratio;
}

/**
 * Whether the candidate has more slow responses than the primary. Slow is above the 95th percentile of both versions' latencies
 * together: that limit does not move if the two latencies of a request are swapped, so with equal versions each discordant pair
 * is a fair coin although the limit comes from the same sample. The evidence is of the kept sample at the time of the report;
 * no gate depends on it.
 * @returns null without pairs
 */
export function tailOf(pairs: readonly Pick<LatencyPair, "primaryMs" | "candidateMs">[]): TailReport | null {
  if (pairs.length === 0) return null;
  const latencies = pairs.flatMap(({ primaryMs, candidateMs }) => [primaryMs, candidateMs]);
  const position = Math.ceil((1 - SLOW_SHARE) * latencies.length) - 1;
  quickselect(latencies, position);
  const limit = latencies[position] ?? 0;
  let [candidateOnly, primaryOnly] = [0, 0];
  for (const { primaryMs, candidateMs } of pairs) {
    if (candidateMs > limit && primaryMs <= limit) candidateOnly += 1;
    if (primaryMs > limit && candidateMs <= limit) primaryOnly += 1;
  }
  const evidence = candidateOnly > primaryOnly ? Math.max(0, logDiscordanceEvidence(candidateOnly, primaryOnly)) : 0;
  return { limit, candidateOnly, primaryOnly, pairs: pairs.length, evidence };
}
