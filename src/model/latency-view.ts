import type { Role } from "./capture.ts";
import type { LatencySeries } from "./difference.ts";
import type { Quantiles, RatioEstimate } from "./report.ts";

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
