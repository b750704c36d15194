import type { Role } from "./capture.ts";
import type { LatencyReport, Quantiles } from "./report.ts";

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

/** Exchanges that are kept of an endpoint in each step of the candidate's latency. */
export const SLOWEST_PER_STEP = 3;

/** Milliseconds to the last byte, without the time to connect; null for a response that is missing or incomplete. */
export interface ExchangeTimes {
  readonly primaryMs: number | null;
  readonly candidateMs: number | null;
  readonly secondaryMs: number | null;
}

/** An exchange that was among the slowest of its endpoint in a step of latency. */
export interface SlowExchange extends ExchangeTimes {
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly method: string;
  /** Redacted. */
  readonly target: string;
  readonly primaryStatus: number;
  readonly candidateStatus: number;
  readonly candidateMs: number;
  /** The id of an exchange that differs, which may be stored as a sample too; null if all responses are identical. */
  readonly sampleId: string | null;
}

/** A kept exchange with its latencies. */
export interface TimedExchange extends ExchangeTimes, Omit<SlowExchange, "candidate" | "sampleId" | "candidateMs"> {
  /** Null if it is no sample: then its headers and bodies are not kept. */
  readonly id: string | null;
  readonly differs: boolean;
}

/** A bucket that is not empty. */
interface LatencyPoint {
  /** Upper edge of the bucket, in milliseconds. */
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

/** How many exchanges have which ratio candidate / primary. */
export interface RatioHistogram {
  readonly count: number;
  /** Exchanges below the first and above the last bin: at most 0.5% each. */
  readonly below: number;
  readonly above: number;
  /** Neighbors of equal width on a logarithmic scale. */
  readonly bins: readonly { readonly low: number; readonly high: number; readonly count: number }[];
}

/** The latencies of the requests that arrived in one period. */
export interface LatencyPeriod extends Readonly<Record<Role, Quantiles>> {
  /** Unix milliseconds; inclusive. */
  readonly startedAt: number;
  /** Unix milliseconds; exclusive. */
  readonly endsAt: number;
  /** Number of measured responses per role. */
  readonly counts: Readonly<Record<Role, number>>;
}

/** By how much a quantile of the candidate exceeds that of the primary, in milliseconds. */
export interface QuantileShift {
  /** Of the quantile, 0–1. */
  readonly share: number;
  readonly primary: number;
  readonly candidate: number;
  readonly shift: number;
  /** The ends of a 95% interval that is valid at all times; null where there are too few responses for an end. */
  readonly low: number | null;
  readonly high: number | null;
}

/** The data of the latency page, for one endpoint or for all of them. */
export interface LatencyView {
  /** Null for all endpoints together. */
  readonly endpoint: string | null;
  /** As the report judges it. */
  readonly latency: LatencyReport;
  /** Whether there are enough exchanges for the interval of the ratio; if not, its ends are the smallest and the largest ratio. */
  readonly hasInterval: boolean;
  /** Why it is not a pass, as in the report. */
  readonly reasons: readonly string[];
  /** Endpoints with latency limits of their own, which are judged one by one and not together with the others. */
  readonly ownLimits: readonly string[];
  readonly distributions: Readonly<Record<Role, LatencyDistribution>>;
  readonly ratios: RatioHistogram;
  /** Ascending shares; empty without responses of both roles. */
  readonly shift: readonly QuantileShift[];
  /** Oldest first, without periods that have no measurements. */
  readonly periods: readonly LatencyPeriod[];
}
