import type { Registry } from "prom-client";
import { bucketMiddle, fineValueAt, valueAt } from "../lib/log-buckets.ts";
import type { LatencyCount } from "../model/latency.ts";
import { createFastHistogram } from "./fast-histogram.ts";
import { Counter } from "./prometheus.ts";

type ComparisonResult = "match" | "differ" | "skip";

/** A candidate of a route. */
export interface MirroredPair {
  readonly route: string;
  readonly candidate: string;
  readonly hasSecondary: boolean;
}

export interface CompareMetrics {
  /** Creates these series with the value 0, because a rate does not include the first value of a series. */
  initialize(mirrored: readonly MirroredPair[]): void;
  compared(route: string, candidate: string, result: ComparisonResult, count?: number): void;
  /** Records latencies of compared exchanges, from the same counts as the report. */
  latencies(counts: readonly Pick<LatencyCount, "route" | "candidate" | "series" | "bucket" | "count">[]): void;
}

/** Proxy threads count what they skip, and compare threads everything else. */
export const COMPARISONS = {
  name: "shadowdiff_comparisons_total",
  help: "Mirrored exchanges by result of the comparison of primary and candidate, before noise and rules. skip: could not be judged.",
  labelNames: ["route", "candidate", "result"],
} as const;

const RESULTS: readonly ComparisonResult[] = ["match", "differ", "skip"];

/** Two buckets of the report form one here: 8% wide, so that a quantile from both is in the same 8%. */
const REPORT_BUCKETS = 2;
const SHORTEST_BUCKET = -18;
const LONGEST_BUCKET = 236;
const MS_PER_SECOND = 1000;
/** Enough digits: a bound is 0.05% off, and values are counted by the middle of their bucket, 2% away from it. */
const DIGITS = 4;

/** Upper bounds in seconds, from 0.5 ms to 10 s. */
export const COMPARED_DURATION_BUCKETS: readonly number[] = positionsBetween(
  SHORTEST_BUCKET,
  LONGEST_BUCKET,
  REPORT_BUCKETS,
).map((position) => Number((valueAt(position) / MS_PER_SECOND).toPrecision(DIGITS)));

/**
 * Upper bounds, on the scale of the report's buckets (4%): half a bucket apart around 1, where the limits of gates are, one bucket
 * up to a factor of 2, and two up to a factor of 10.
 */
export const RATIO_BUCKETS: readonly number[] = [
  ...positionsBetween(-59, -19, 2),
  ...positionsBetween(-18, -7, 1),
  ...positionsBetween(-6, 6, 0.5),
  ...positionsBetween(7, 18, 1),
  ...positionsBetween(19, 59, 2),
].map((position) => Number(valueAt(position).toPrecision(DIGITS)));

function positionsBetween(first: number, last: number, step: number): readonly number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, index) => first + index * step);
}

/** More pairs of route and candidate share the series of one route. Each has up to 485 series. */
const MAX_PAIRS = 10;
const OTHER_ROUTES = "(other)";

/** Metrics of a compare thread: raw results, before noise and rules. */
export function createCompareMetrics(registry: Registry): CompareMetrics {
  const comparisons = new Counter({ ...COMPARISONS, registers: [registry] });
  const durations = createFastHistogram(registry, {
    name: "shadowdiff_compared_request_duration_seconds",
    help: "Duration of the requests of compared exchanges, without connection setup: the same exchanges for every role, as in the report.",
    labelNames: ["route", "candidate", "role"],
    buckets: COMPARED_DURATION_BUCKETS,
  });
  const ratios = createFastHistogram(registry, {
    name: "shadowdiff_exchange_latency_ratio",
    help: "Latency of the candidate divided by that of the primary, in the same exchange.",
    labelNames: ["route", "candidate"],
    buckets: RATIO_BUCKETS,
  });
  const pairs = new Set<string>();

  /** The route under which a pair is counted. */
  function routeOf(route: string, candidate: string): string {
    const name = `${route}\n${candidate}`;
    if (pairs.has(name)) return route;
    if (pairs.size >= MAX_PAIRS) return OTHER_ROUTES;
    pairs.add(name);
    return route;
  }

  return {
    initialize(mirrored) {
      for (const { route, candidate, hasSecondary } of mirrored) {
        for (const result of RESULTS) comparisons.inc({ route, candidate, result }, 0);
        const counted = routeOf(route, candidate);
        for (const role of ["primary", "candidate"]) durations.initialize(counted, candidate, role);
        if (hasSecondary) durations.initialize(counted, candidate, "secondary");
        ratios.initialize(counted, candidate);
      }
    },
    compared: (route, candidate, result, count = 1) => comparisons.inc({ route, candidate, result }, count),
    latencies(counts) {
      for (const { route, candidate, series, bucket, count } of counts) {
        const counted = routeOf(route, candidate);
        if (series === "ratio") ratios.observeMany(fineValueAt(bucket + 0.5), count, counted, candidate);
        if (series === "ratio" || series === "bias" || series === "twin") continue;
        durations.observeMany(bucketMiddle(bucket) / MS_PER_SECOND, count, counted, candidate, series);
      }
    },
  };
}
