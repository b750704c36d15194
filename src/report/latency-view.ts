import { fineValueAt, valueAt } from "../lib/log-buckets.ts";
import { memoizeLast } from "../lib/memoize.ts";
import type { LatencyDistribution, LatencyView, RatioHistogram } from "../model/latency.ts";
import type { Run } from "../model/run.ts";
import { endpointKey } from "../presentation/order/endpoint-order.ts";
import type { BucketCounts, StoreReader, TimeBlock } from "../store/store.ts";
import { hasOwnLatencyLimit, thresholdsOf } from "./judge/gate-thresholds.ts";
import { judgeAllLatencies } from "./judge/latency/judge-all-latencies.ts";
import { judgeLatency, type JudgedLatency } from "./judge/latency/judge-latency.ts";
import {
  judgedLatencies,
  mergeTimelines,
  NO_TIMELINE,
  timelineOf,
  type LatencyBlock,
  type LatencyTimeline,
} from "./judge/latency/latency-timeline.ts";
import { hasRatioInterval } from "./judge/latency/ratio-verdict.ts";
import { heaviestExchange, trafficBlock } from "./judge/traffic/traffic-blocks.ts";
import { priceOfWeights, trafficTimeline } from "./judge/traffic/traffic-counts.ts";
import { latencyPeriods } from "./latency-periods.ts";
import { rowsByEndpoint } from "./read-counts.ts";
import { positionAt, quantilesOf, totalOf } from "./statistics/bucket-statistics.ts";
import { evidenceBar } from "./statistics/e-values.ts";
import { quantileShift } from "./statistics/quantile-shift.ts";

/** Most bins of the histogram of ratios. */
const MOST_BINS = 80;
/** Share of the ratios that is left out on each side of the histogram. */
const OUTSIDE = 0.005;

interface EndpointTimeline {
  readonly endpoint: string;
  /** Without the cold start, as it is judged. */
  readonly judged: LatencyTimeline;
  /** The cold start alone. */
  readonly cold: LatencyTimeline;
}

/**
 * The latencies of one candidate as the report judges them: distributions, ratios and the shift of quantiles without the cold
 * start, and quantiles over the time of the run. Those of all endpoints together are weighed by traffic.
 * @param endpoint undefined for all endpoints together
 */
export async function latencyView(
  reader: StoreReader,
  run: Run,
  candidate: string,
  endpoint?: string,
): Promise<LatencyView> {
  const { timelines, heaviest, minutes } = await reader.snapshot(async (snapshot) => ({
    ...(await readTimelines(snapshot, { run, candidate, endpoint })),
    minutes: await snapshot.latencyMinutes(run.id, candidate, endpoint),
  }));
  const own = timelines.filter((each) => each.endpoint === (endpoint ?? each.endpoint));
  const timeline = mergeTimelines(own.map(({ judged }) => judged));
  const sums = judgedLatencies(timeline);
  const entire = mergeTimelines([timeline, ...own.map(({ cold }) => cold)]);
  const { report, judgment } =
    endpoint === undefined
      ? judgeAll(timelines, run, heaviest)
      : judgeLatency(timeline, thresholdsOf(run.gate, endpoint), evidenceBar(timelines.length));
  return {
    endpoint: endpoint ?? null,
    latency: report,
    hasInterval: hasRatioInterval(timeline),
    reasons: judgment?.reasons ?? [],
    ownLimits: endpoint === undefined ? endpointsWithOwnLimits(timelines, run) : [],
    distributions: {
      primary: distribution(sums.primary),
      candidate: distribution(sums.candidate),
      secondary: distribution(sums.secondary),
    },
    ratios: histogram(sums.ratio),
    shift: quantileShift(sums, timeline.blocks.map(shiftBlock), evidenceBar()),
    periods: latencyPeriods(entire.blocks, minutes),
  };
}

/** The timelines of all endpoints; the store keeps the rows of those that have not changed. */
async function readTimelines(
  reader: StoreReader,
  { run, candidate, endpoint }: TimelineSource,
): Promise<WeighedTimelines> {
  const all = await reader.blocks(run.id, candidate);
  const heaviest = endpoint === undefined ? heaviestExchange(all.map(({ rows }) => ({ blocks: rows }))) : 1;
  const blocksOf = rowsByEndpoint(all);
  const timelines = (await reader.latencies(run.id, candidate)).map((each) => {
    const blocks = blocksOf.get(endpointKey(each)) ?? NO_BLOCKS;
    const timeline = timelineOf(each.rows, { blocks });
    const judged = heaviest === 1 ? timeline : trafficTimeline(timeline, { blocks, heaviest });
    const weighed = heaviest === 1 ? blocks : blocks.map((block) => trafficBlock(block, { heaviest }));
    return { endpoint: each.endpoint, judged, cold: coldStartOf(judged, { blocks: weighed }) };
  });
  return { timelines, heaviest };
}

interface TimelineSource {
  readonly run: Run;
  readonly candidate: string;
  readonly endpoint: string | undefined;
}

interface WeighedTimelines {
  readonly timelines: readonly EndpointTimeline[];
  /** See `heaviestExchange`. */
  readonly heaviest: number;
}

const NO_BLOCKS: readonly TimeBlock[] = [];

/** The blocks that a timeline leaves out; few, so that adding them costs less than merging all blocks again. */
const coldStartOf = memoizeLast(
  (judged: LatencyTimeline, { blocks }: { readonly blocks: readonly LatencyBlock[] }): LatencyTimeline => ({
    ...NO_TIMELINE,
    blocks: blocks.slice(0, blocks.length - judged.blocks.length),
  }),
);

function judgeAll(timelines: readonly EndpointTimeline[], { gate }: Run, heaviest: number): JudgedLatency {
  return judgeAllLatencies(
    timelines.map(({ endpoint, judged }) => ({ thresholds: thresholdsOf(gate, endpoint), latencies: judged })),
    gate,
    evidenceBar(priceOfWeights(heaviest)),
  );
}

function endpointsWithOwnLimits(timelines: readonly EndpointTimeline[], { gate }: Run): readonly string[] {
  const own = timelines.filter(({ endpoint }) => hasOwnLatencyLimit(thresholdsOf(gate, endpoint), gate));
  return [...new Set(own.map(({ endpoint }) => endpoint))];
}

function shiftBlock({ startedAt, endsAt, latencies }: LatencyBlock): Parameters<typeof quantileShift>[1][number] {
  return { startedAt, endsAt, primary: latencies.primary, candidate: latencies.candidate };
}

function distribution(counted: BucketCounts): LatencyDistribution {
  const count = totalOf(counted);
  let below = 0;
  const points = counted.buckets.map((bucket, at) => {
    const inBucket = counted.counts[at] ?? 0;
    below += inBucket;
    return { upper: valueAt(bucket + 1), count: inBucket, share: below / count };
  });
  return { count, quantiles: quantilesOf(counted, count), points };
}

/** Bins as fine as the range of almost all ratios allows: multiples of 0.25%. */
function histogram(ratios: BucketCounts): RatioHistogram {
  const count = totalOf(ratios);
  if (count === 0) return { count, below: 0, above: 0, bins: [] };
  const [first, last] = [OUTSIDE, 1 - OUTSIDE].map((share) => positionAt(ratios, count, share)) as [number, number];
  const width = Math.max(1, Math.ceil((last - first) / MOST_BINS));
  const binOf = (position: number): number => Math.floor(position / width);
  const [low, high] = [binOf(first), binOf(last)];
  const counts = Array.from({ length: high - low + 1 }, () => 0);
  let [below, above] = [0, 0];
  for (const [at, bucket] of ratios.buckets.entries()) {
    const [bin, own] = [binOf(bucket), ratios.counts[at] ?? 0];
    if (bin < low) below += own;
    else if (bin > high) above += own;
    else counts[bin - low] = (counts[bin - low] ?? 0) + own;
  }
  const bins = counts.map((own, at) => ({
    low: fineValueAt((low + at) * width),
    high: fineValueAt((low + at + 1) * width),
    count: own,
  }));
  return { count, below, above, bins };
}
