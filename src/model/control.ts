/**
 * Changes made at run time, on top of the configuration. They survive reloads. Replicas of one store share them; otherwise they
 * do not survive a restart.
 */
export interface ControlState {
  /** The kill switch: no request is mirrored, and each counts as not mirrored (`paused`). */
  readonly paused: boolean;
  /** Percentages that replace the configured ones, at most one per route and candidate. */
  readonly percents: readonly PercentOverride[];
}

export interface PercentOverride {
  readonly route: string;
  readonly candidate: string;
  /** 0–100 in steps of 0.0001. */
  readonly percent: number;
}

/** How much of a route's traffic is mirrored to a candidate. All shares are percentages, 0–100. */
export interface CandidateControl {
  readonly route: string;
  readonly candidate: string;
  /** The configured share. */
  readonly configured: number;
  /** The share set at run time; null if it was not changed. */
  readonly override: number | null;
  /** The share in force; 0 while paused. */
  readonly effective: number;
  /** Null if the candidate has no circuit breaker. */
  readonly breaker: BreakerView | null;
  /** Absent unless the shares of endpoints follow their verdicts. */
  readonly sampling?: SamplingView | undefined;
}

/** Closed: requests pass. Open: requests are dropped. Half-open: the next request is a probe. */
export type BreakerState = "closed" | "open" | "half-open";

/** The circuit breaker of a candidate on one route, aggregated over all proxy threads. */
export interface BreakerView {
  /** The worst state of all threads. */
  readonly state: BreakerState;
  /** Failed responses of the candidate, summed over all threads. */
  readonly failures: number;
  /** Number of times the breaker opened, summed over all threads. */
  readonly opens: number;
}

/** The state of a circuit breaker in one proxy thread. */
export interface BreakerReport extends BreakerView {
  readonly route: string;
  readonly candidate: string;
}

/** A change of the mirroring at run time. */
export interface ControlChange {
  /** Unix milliseconds. */
  readonly at: number;
  /** `mirroring`, or the route and candidate: `default → v2`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
  /** The client address of the request, or `configuration` for a reload. */
  readonly by: string;
  /** The name of the replica that was asked; undefined if the store is not shared. */
  readonly replica?: string | undefined;
}

/** Which replicas mirror as the control says. */
interface ControlReach {
  /** Names of the live replicas that do. */
  readonly applied: readonly string[];
  /** Names of the live replicas that do not yet. They follow within two seconds, or when they resume. */
  readonly waiting: readonly string[];
  /** Why a pause is not stored yet, so that only the replica that was asked is paused; null if everything is stored. */
  readonly unstored: string | null;
}

/** The mirroring controls as the admin API returns them. */
export interface ControlView {
  readonly paused: boolean;
  readonly candidates: readonly CandidateControl[];
  /** Newest first. */
  readonly changes: readonly ControlChange[];
  /** Undefined if the store is not shared. */
  readonly reach?: ControlReach | undefined;
}

/** The configuration in force. */
export interface ConfigStatus {
  /** The files it was loaded from; empty if only flags and environment variables were used. */
  readonly source: string;
  /** Unix milliseconds. */
  readonly loadedAt: number;
  /** Why the last reload failed; null if it succeeded. */
  readonly error: string | null;
  /** Options that have changed since the start and take effect only after a restart. */
  readonly needsRestart: readonly string[];
}

/** Sampling where it tells most: the share of each endpoint follows what its verdict still needs. */
export interface VerdictSampling {
  /** Mirrored requests per second to one candidate of one route, by all proxy threads of this process together. */
  readonly budget: number;
  /** The smallest share of the requests of an endpoint, in percent. */
  readonly floor: number;
}

/** A candidate of a route. */
export interface SampledCandidate {
  readonly route: string;
  readonly candidate: string;
}

/**
 * The shares of the endpoints of a candidate on a route. An endpoint with level j is mirrored with 2^−j of the configured
 * percentage; powers of two, because the exchanges of each level are counted.
 */
export interface EndpointShares extends SampledCandidate {
  readonly levels: ReadonlyMap<string, number>;
  /** The level of all other endpoints. */
  readonly otherwise: number;
  /** The part of the budget of each proxy thread, in mirrored requests per second. */
  readonly perSecond: readonly number[];
}

/** The requests to one endpoint that could be mirrored, since the last report of a proxy thread. */
export interface EndpointArrivals extends SampledCandidate {
  readonly endpoint: string;
  /** Including those that were not sampled. */
  readonly requests: number;
  readonly mirrored: number;
}

/** What the verdict of an endpoint needs: nothing, more responses, or an explanation, because a regression was seen. */
export type EndpointNeed = "settled" | "undecided" | "suspect";

/** What the sampling of a candidate on a route does at the moment. */
export interface SamplingView extends VerdictSampling {
  /** Mirrored requests per second: lately, and expected with the shares in force. */
  readonly used: number;
  readonly expected: number;
  /** Number of endpoints. */
  readonly needs: Readonly<Record<EndpointNeed, number>>;
  /** Those that are raised first, at most twenty, with their requests per second and their share in percent. */
  readonly endpoints: readonly {
    readonly endpoint: string;
    readonly need: EndpointNeed;
    readonly perSecond: number;
    readonly percent: number;
  }[];
}
