/** What is changed while shadowdiff runs, over the configuration. It outlives reloads, not the process. */
export interface ControlState {
  /** The kill switch: no request is mirrored; each is counted as not mirrored (`paused`). */
  readonly paused: boolean;
  /** Shares that replace the configured ones. A route and candidate stand here once at most. */
  readonly percents: readonly PercentOverride[];
}

export interface PercentOverride {
  readonly route: string;
  readonly candidate: string;
  /** 0–100 in steps of 0.0001. */
  readonly percent: number;
}

/** One route's candidate, and how much of the route's traffic it gets. */
export interface CandidateControl {
  readonly route: string;
  readonly candidate: string;
  /** As the configuration says. */
  readonly configured: number;
  /** As set at run time; null: nobody did. */
  readonly override: number | null;
  /** What holds now; 0 while paused. */
  readonly effective: number;
  /** Null: the candidate has none. */
  readonly breaker: BreakerView | null;
}

/** Closed: requests go to the candidate. Open: none does. Half open: the next one probes. */
export type BreakerState = "closed" | "open" | "half-open";

/** A candidate's circuit breaker on one route; the worst state of all proxy threads. */
export interface BreakerView {
  readonly state: BreakerState;
  /** Answers of the candidate that failed, of all threads. */
  readonly failures: number;
  /** How often it has opened. */
  readonly opens: number;
}

/** What one proxy thread knows of a breaker. */
export interface BreakerReport extends BreakerView {
  readonly route: string;
  readonly candidate: string;
}

/** A change that somebody made at run time. */
export interface ControlChange {
  /** Unix milliseconds. */
  readonly at: number;
  /** `mirroring`, or the route and candidate: `default → v2`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
  /** The address that the request came from; `configuration` when a reload did it. */
  readonly by: string;
}

/** What the admin API says of mirroring. */
export interface ControlView {
  readonly paused: boolean;
  readonly candidates: readonly CandidateControl[];
  /** Newest first. */
  readonly changes: readonly ControlChange[];
}

/** Which configuration is in force. */
export interface ConfigStatus {
  /** The files that it was read from; empty: flags and variables only. */
  readonly source: string;
  /** Unix milliseconds. */
  readonly loadedAt: number;
  /** Why the newest one was not taken; null while all is well. */
  readonly error: string | null;
  /** Options that have changed since the start, but take effect only at the next. */
  readonly needsRestart: readonly string[];
}
