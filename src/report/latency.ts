import { bucketMiddle, valueAt } from "../lib/log-buckets.ts";
import type { LatencyDistribution, LatencyView, LatencyViewMinute } from "../model/latency-view.ts";
import type { LatencySeries } from "../model/difference.ts";
import type { Run } from "../model/run.ts";
import type { LatencyMinute, StoreReader } from "../store/store.ts";
import { quantilesOf, risingBuckets, sumBuckets, totalOf, type BucketCounts } from "./bucket-statistics.ts";
import { latencyEstimates, mergePairs } from "./paired-latency.ts";

const MS_PER_MINUTE = 60_000;

/**
 * The latencies of one candidate's run: distributions over the whole run, and quantiles per minute.
 * @param endpoint all endpoints together when it is undefined
 */
export function latencyView(reader: StoreReader, run: Run, candidate: string, endpoint?: string): LatencyView {
  const rows = reader.latencyMinutes(run.id, candidate, endpoint);
  const pairs = reader
    .latencyPairs(run.id, candidate)
    .filter((pair) => endpoint === undefined || pair.endpoint === endpoint);
  const bySeries = Map.groupBy(rows, (row) => row.series);
  const buckets = (series: LatencySeries): BucketCounts => sumBuckets(bySeries.get(series) ?? []);
  const { ratio, bias } = latencyEstimates(mergePairs(pairs), buckets("ratio"), buckets("bias"));
  return {
    endpoint: endpoint ?? null,
    distributions: {
      primary: distribution(buckets("primary")),
      candidate: distribution(buckets("candidate")),
      secondary: distribution(buckets("secondary")),
      ratio: distribution(buckets("ratio")),
      bias: distribution(buckets("bias")),
    },
    ratio,
    bias,
    minutes: [...Map.groupBy(rows, (row) => row.minute)]
      .toSorted(([a], [b]) => a - b)
      .map(([minute, inMinute]) => minuteOf(minute, inMinute)),
  };
}

function distribution(counts: BucketCounts): LatencyDistribution {
  const count = totalOf(counts);
  let below = 0;
  const points = risingBuckets(counts).map(([bucket, inBucket]) => {
    below += inBucket;
    return { middle: bucketMiddle(bucket), upper: valueAt(bucket + 1), count: inBucket, share: below / count };
  });
  return { count, quantiles: quantilesOf(counts), points };
}

function minuteOf(minute: number, rows: readonly LatencyMinute[]): LatencyViewMinute {
  const buckets = (series: LatencySeries): BucketCounts => sumBuckets(rows.filter((row) => row.series === series));
  const [primary, candidate, secondary] = [buckets("primary"), buckets("candidate"), buckets("secondary")];
  return {
    at: minute * MS_PER_MINUTE,
    counts: { primary: totalOf(primary), candidate: totalOf(candidate), secondary: totalOf(secondary) },
    primary: quantilesOf(primary),
    candidate: quantilesOf(candidate),
    secondary: quantilesOf(secondary),
  };
}
