import { bucketMiddle, valueAt } from "../lib/log-buckets.ts";
import type { LatencyDistribution, LatencyView, LatencyViewMinute } from "../model/latency-view.ts";
import type { LatencySeries } from "../model/difference.ts";
import type { Run } from "../model/run.ts";
import type { LatencyMinute, StoreReader } from "../store/store.ts";
import { quantilesOf, risingBuckets, totalOf, type BucketCounts } from "./bucket-statistics.ts";
import { estimatesOf, mergeSamples } from "./latency-sample.ts";
import { withMedians } from "./paired-latency.ts";

const MS_PER_MINUTE = 60_000;

/**
 * The latencies of one candidate's run: distributions over the whole run, and quantiles per minute.
 * @param endpoint all endpoints together when it is undefined
 */
export function latencyView(reader: StoreReader, run: Run, candidate: string, endpoint?: string): LatencyView {
  const rows = reader.latencyMinutes(run.id, candidate, endpoint);
  const samples = reader
    .latencyPairs(run.id, candidate)
    .filter((sample) => endpoint === undefined || sample.endpoint === endpoint);
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

function distribution(counts: BucketCounts): LatencyDistribution {
  const count = totalOf(counts);
  let below = 0;
  const points = risingBuckets(counts).map(([bucket, inBucket]) => {
    below += inBucket;
    return { middle: bucketMiddle(bucket), upper: valueAt(bucket + 1), count: inBucket, share: below / count };
  });
  return { count, quantiles: quantilesOf(counts), points };
}

/** Rows of one series, added up. */
function bucketsOf(rows: readonly LatencyMinute[], series: LatencySeries): BucketCounts {
  const [only] = rows;
  if (only !== undefined && rows.length === 1) return only.series.get(series) ?? NONE;
  const sum = new Map<number, number>();
  for (const row of rows) {
    for (const [bucket, count] of row.series.get(series) ?? NONE) sum.set(bucket, (sum.get(bucket) ?? 0) + count);
  }
  return sum;
}

const NONE: BucketCounts = new Map();

function minuteOf(minute: number, rows: readonly LatencyMinute[]): LatencyViewMinute {
  const [primary, candidate, secondary] = [
    bucketsOf(rows, "primary"),
    bucketsOf(rows, "candidate"),
    bucketsOf(rows, "secondary"),
  ];
  return {
    at: minute * MS_PER_MINUTE,
    counts: { primary: totalOf(primary), candidate: totalOf(candidate), secondary: totalOf(secondary) },
    primary: quantilesOf(primary),
    candidate: quantilesOf(candidate),
    secondary: quantilesOf(secondary),
  };
}
