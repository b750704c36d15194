import { bucketMiddle, valueAt } from "../lib/log-buckets.ts";
import type { LatencyDistribution, LatencyView, LatencyViewMinute, LatencySeries } from "../model/latency.ts";
import type { Run } from "../model/run.ts";
import type { BucketCounts, LatencyMinute, StoreReader } from "../store/store.ts";
import { quantilesOf, sumBuckets, totalOf } from "./statistics/bucket-statistics.ts";
import { estimatesOf, mergeSamples } from "./statistics/latency-sample.ts";
import { withMedians } from "./statistics/paired-latency.ts";

const MS_PER_MINUTE = 60_000;

/**
 * The latencies of one candidate: distributions over the run, and quantiles per minute.
 * @param endpoint undefined for all endpoints together
 */
export function latencyView(reader: StoreReader, run: Run, candidate: string, endpoint?: string): LatencyView {
  const rows = reader.latencyMinutes(run.id, candidate, endpoint);
  const samples = reader.latencyPairs(run.id, candidate, endpoint);
  const buckets = (series: LatencySeries): BucketCounts => bucketsOf(rows, series);
  const [ratios, biases] = [buckets("ratio"), buckets("bias")];
  const { paired } = estimatesOf(mergeSamples(samples));
  const { ratio, bias } = withMedians(paired, ratios, biases);
  return {
    endpoint: endpoint ?? null,
    distributions: {
      primary: distribution(buckets("primary")),
      candidate: distribution(buckets("candidate")),
      secondary: distribution(buckets("secondary")),
      ratio: distribution(ratios),
      bias: distribution(biases),
    },
    ratio,
    bias,
    minutes: [...Map.groupBy(rows, (row) => row.minute)]
      .toSorted(([a], [b]) => a - b)
      .map(([minute, inMinute]) => minuteOf(minute, inMinute)),
  };
}

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
function bucketsOf(rows: readonly LatencyMinute[], series: LatencySeries): BucketCounts {
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
