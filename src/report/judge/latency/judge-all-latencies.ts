import type { Gate } from "../../../model/run.ts";
import { hasOwnLatencyLimit, type Thresholds } from "../gate-thresholds.ts";
import { judgeLatency, type JudgedLatency } from "./judge-latency.ts";
import { mergeTimelines, type LatencyTimeline } from "./latency-timeline.ts";

interface EndpointLatency {
  readonly thresholds: Thresholds;
  readonly latencies: LatencyTimeline;
}

/**
 * The latency of all endpoints. Those with limits of their own in the gate are judged one by one, and the others together: then
 * the ratios are those of the others.
 * @param bar the evidence that makes it fail: ln E
 */
export function judgeAllLatencies(endpoints: readonly EndpointLatency[], gate: Gate, bar: number): JudgedLatency {
  const judge = (some: readonly EndpointLatency[]): JudgedLatency =>
    judgeLatency(mergeTimelines(some.map(({ latencies }) => latencies)), gate, bar);
  const common = endpoints.filter(({ thresholds }) => !hasOwnLatencyLimit(thresholds, gate));
  if (common.length > 0 || endpoints.length === 0) return judge(common);
  const { report } = judge(endpoints);
  return { report: { ...report, tails: [], change: null, ratioVerdict: null, verdict: null }, judgment: null };
}
