import { bucketMiddle, valueAt } from "../lib/log-buckets.ts";
import type { DurationSeries, LatencyDistribution, LatencyView, LatencyViewMinute } from "../model/latency.ts";
import { sumBuckets } from "../store/sum-buckets.ts";
import type { Run } from "../model/run.ts";
import type { BucketCounts, LatencyMinute, StoreReader, TimeBlock } from "../store/store.ts";
import { endpointKey } from "../presentation/order/endpoint-order.ts";
import { judgedLatencies, mergeTimelines, timelineOf, type LatencyTimeline } from "./judge/latency/latency-timeline.ts";
import { ratioIntervals } from "./judge/latency/ratio-verdict.ts";
import { rowsByEndpoint } from "./read-counts.ts";
import { coarseCounts, quantilesOf, totalOf } from "./statistics/bucket-statistics.ts";

const MS_PER_MINUTE = 60_000;

/**
 * The latencies of one candidate: distributions over the run without the cold start, as the report judges them, and quantiles per
 * minute.
 * @param endpoint undefined for all endpoints together
 */
export function latencyView(reader: StoreReader, run: Run, candidate: string, endpoint?: string): LatencyView {
  const rows = reader.latencyMinutes(run.id, candidate, endpoint);
  const timeline = readTimeline(reader, run, candidate, endpoint);
  const judged = judgedLatencies(timeline);
  return {
    endpoint: endpoint ?? null,
    distributions: {
      primary: distribution(judged.primary),
      candidate: distribution(judged.candidate),
      secondary: distribution(judged.secondary),
      ratio: distribution(coarseCounts(judged.ratio)),
      bias: distribution(coarseCounts(judged.bias)),
    },
    ...ratioIntervals(timeline),
    minutes: [...Map.groupBy(rows, (row) => row.minute)]
      .toSorted(([a], [b]) => a - b)
      .map(([minute, inMinute]) => minuteOf(minute, inMinute)),
  };
}

/** The latencies that a report judges: without the cold start of each endpoint. */
function readTimeline(reader: StoreReader, run: Run, candidate: string, endpoint: string | undefined): LatencyTimeline {
  const blocksOf = rowsByEndpoint(reader.blocks(run.id, candidate));
  const timelines = reader
    .latencies(run.id, candidate)
    .filter((each) => each.endpoint === (endpoint ?? each.endpoint))
    .map((each) => timelineOf(each.rows, { blocks: blocksOf.get(endpointKey(each)) ?? NO_BLOCKS }));
  return mergeTimelines(timelines);
}

const NO_BLOCKS: readonly TimeBlock[] = [];

function distribution(counted: BucketCounts): LatencyDistribution {
  const count = totalOf(counted);
  let below = 0;
  const points = counted.buckets.map((bucket, at) => {
    const inBucket = counted.counts[at] ?? 0;
    below += inBucket;
    return { middle: bucketMiddle(bucket), upper: valueAt(bucket + 1), count: inBucket, share: below / count };
  });
  return { count, quantiles: quantilesOf(counted, count), points };
}

/** Adds up the rows of one series. */
function bucketsOf(rows: readonly LatencyMinute[], series: DurationSeries): BucketCounts {
  return sumBuckets(rows.map((row) => row.series[series]));
}

function minuteOf(minute: number, rows: readonly LatencyMinute[]): LatencyViewMinute {
  const [primary, candidate, secondary] = [
    bucketsOf(rows, "primary"),
    bucketsOf(rows, "candidate"),
    bucketsOf(rows, "secondary"),
  ];
  const counts = { primary: totalOf(primary), candidate: totalOf(candidate), secondary: totalOf(secondary) };
  return {
    at: minute * MS_PER_MINUTE,
    counts,
    primary: quantilesOf(primary, counts.primary),
    candidate: quantilesOf(candidate, counts.candidate),
    secondary: quantilesOf(secondary, counts.secondary),
  };
}
