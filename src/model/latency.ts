import type { Role } from "./capture.ts";
import type { Quantiles, RatioEstimate } from "./report.ts";

/** Latency pairs kept per endpoint and candidate: those with the smallest draws. */
export const LATENCY_PAIRS_KEPT = 1_000;

/**
 * The latencies of one exchange: milliseconds from dispatch to the last byte, without the time to connect. The store keeps
 * the pairs with the smallest `draw` of each endpoint, which are a uniform sample over all threads and batches.
 */
export interface LatencyPair {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  /** Uniform in [0, 1). */
  readonly draw: number;
  readonly primaryMs: number;
  readonly candidateMs: number;
  /** Null without a secondary response. */
  readonly secondaryMs: number | null;
}

/**
 * The quantity that a latency histogram counts. `ratio` is candidate / primary and `bias` is secondary / primary, both per
 * exchange and dimensionless; the others are milliseconds to the last byte.
 */
export type LatencySeries = "primary" | "candidate" | "secondary" | "ratio" | "bias";

export interface LatencyCount {
  readonly minute: number;
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly series: LatencySeries;
  /** Index of a logarithmic bucket; see lib/log-buckets.ts. */
  readonly bucket: number;
  readonly count: number;
}

/** A bucket that is not empty. Values are milliseconds, or factors for `ratio` and `bias`. */
interface LatencyPoint {
  /** Geometric middle of the bucket. */
  readonly middle: number;
  /** Upper edge of the bucket. */
  readonly upper: number;
  readonly count: number;
  /** Share of all values below `upper`, 0–1: the empirical distribution function. */
  readonly share: number;
}

export interface LatencyDistribution {
  readonly count: number;
  readonly quantiles: Quantiles;
  /** In ascending order; empty without measurements. */
  readonly points: readonly LatencyPoint[];
}

/** The latencies of the requests that arrived in one minute. */
export interface LatencyViewMinute extends Readonly<Record<Role, Quantiles>> {
  /** Start of the minute, in Unix milliseconds. */
  readonly at: number;
  /** Number of measured responses per role. */
  readonly counts: Readonly<Record<Role, number>>;
}

/** The data of the latency page, for one endpoint or for all of them. */
export interface LatencyView {
  /** Null for all endpoints together. */
  readonly endpoint: string | null;
  readonly distributions: Readonly<Record<LatencySeries, LatencyDistribution>>;
  readonly ratio: RatioEstimate | null;
  readonly bias: RatioEstimate | null;
  /** Oldest first, without minutes that have no measurements. */
  readonly minutes: readonly LatencyViewMinute[];
}
