import type { Role } from "./capture.ts";
import type { Quantiles, RatioEstimate } from "./report.ts";

/**
 * The latencies of one exchange, milliseconds from dispatch to the last byte without connecting. Kept as a uniform sample:
 * those with the smallest `draw` of an endpoint stay, whichever thread or batch they come from.
 */
export interface LatencyPair {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  /** Uniform in [0, 1). */
  readonly draw: number;
  readonly primaryMs: number;
  readonly candidateMs: number;
  /** Null when no secondary answered. */
  readonly secondaryMs: number | null;
}

/**
 * What a latency histogram counts. `ratio` is candidate / primary and `bias` secondary / primary, each per exchange
 * (dimensionless); the others are milliseconds to the last byte.
 */
export type LatencySeries = "primary" | "candidate" | "secondary" | "ratio" | "bias";

export interface LatencyCount {
  readonly minute: number;
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly series: LatencySeries;
  /** Index of a logarithmic bucket, see lib/log-buckets.ts. */
  readonly bucket: number;
  readonly count: number;
}

/** One bucket of a distribution that is not empty; values are milliseconds, for `ratio` and `bias` a factor. */
interface LatencyPoint {
  /** Geometric middle of the bucket. */
  readonly middle: number;
  /** Upper edge of the bucket. */
  readonly upper: number;
  readonly count: number;
  /** Share of all values that lie below `upper`, 0–1: the empirical distribution function. */
  readonly share: number;
}

export interface LatencyDistribution {
  readonly count: number;
  readonly quantiles: Quantiles;
  /** Rising; empty when nothing was measured. */
  readonly points: readonly LatencyPoint[];
}

/** The requests that arrived within one minute. */
export interface LatencyViewMinute extends Readonly<Record<Role, Quantiles>> {
  /** Begin of the minute, Unix milliseconds. */
  readonly at: number;
  /** Measured answers per role. */
  readonly counts: Readonly<Record<Role, number>>;
}

/** What the latency screen of one endpoint, or of all, is drawn from. */
export interface LatencyView {
  /** Null when all endpoints are taken together. */
  readonly endpoint: string | null;
  readonly distributions: Readonly<Record<LatencySeries, LatencyDistribution>>;
  readonly ratio: RatioEstimate | null;
  readonly bias: RatioEstimate | null;
  /** Oldest first; minutes in which nothing was measured are left out. */
  readonly minutes: readonly LatencyViewMinute[];
}
