import type { Role } from "./capture.ts";
import type { Quantiles, RatioEstimate } from "./report.ts";

/** Milliseconds to the last byte, without the time to connect, in buckets of 4%. */
export type DurationSeries = Role;
/**
 * Quotients of two latencies of one exchange, in fine buckets of 0.25%: `ratio` is candidate / primary, `bias` is
 * secondary / primary and `twin` is candidate / secondary.
 */
export type RatioSeries = "ratio" | "bias" | "twin";
/** The quantity that a latency histogram counts. */
export type LatencySeries = DurationSeries | RatioSeries;

export interface LatencyCount {
  /** Arrival of the requests; see lib/time-slots.ts. */
  readonly slot: number;
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly series: LatencySeries;
  /** Index of a logarithmic bucket, a fine one for a `RatioSeries`; see lib/log-buckets.ts. */
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
  readonly distributions: Readonly<Record<Exclude<LatencySeries, "twin">, LatencyDistribution>>;
  readonly ratio: RatioEstimate | null;
  readonly twin: RatioEstimate | null;
  readonly bias: RatioEstimate | null;
  /** Oldest first, without minutes that have no measurements. */
  readonly minutes: readonly LatencyViewMinute[];
}
