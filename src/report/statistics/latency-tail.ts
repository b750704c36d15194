import type { LatencyPair } from "../../model/latency.ts";
import type { TailReport } from "../../model/report.ts";
import { logDiscordanceEvidence } from "./e-values.ts";
import { valueAtPlace } from "./wilson-interval.ts";

const SLOW_SHARE = 0.05;

/**
 * Whether the candidate has more slow answers than the primary. Slow is what lies above the 95th percentile of both versions'
 * latencies together: such a limit stays where it is when two latencies of one request change places, so that under equal
 * versions each discordant pair is a fair coin although the limit comes from the same sample. It is evidence at the moment of
 * the report, of the sample that is kept; no gate is held against it.
 * @returns null without pairs
 */
export function tailOf(pairs: readonly Pick<LatencyPair, "primaryMs" | "candidateMs">[]): TailReport | null {
  if (pairs.length === 0) return null;
  const all = new Float64Array(2 * pairs.length);
  let at = 0;
  for (const { primaryMs, candidateMs } of pairs) {
    all[at++] = primaryMs;
    all[at++] = candidateMs;
  }
  const limit = valueAtPlace(all, Math.ceil((1 - SLOW_SHARE) * all.length) - 1);
  let [candidateOnly, primaryOnly] = [0, 0];
  for (const { primaryMs, candidateMs } of pairs) {
    if (candidateMs > limit && primaryMs <= limit) candidateOnly += 1;
    if (primaryMs > limit && candidateMs <= limit) primaryOnly += 1;
  }
  const evidence = candidateOnly > primaryOnly ? Math.max(0, logDiscordanceEvidence(candidateOnly, primaryOnly)) : 0;
  return { limit, candidateOnly, primaryOnly, pairs: pairs.length, evidence };
}
