import type { Rule } from "./rule.ts";

/** The thresholds of a verdict. */
export interface Gate {
  /** Smallest allowed parity: the share of compared exchanges without a difference that counts, 0–1. */
  readonly parity: number;
  /** Largest allowed typical ratio of candidate to primary latency. */
  readonly latencyRatio: number;
  /**
   * The candidate's p95 and p99, relative to the primary's: how many times as long the slowest 5% and 1% may take, at least
   * `latencyRatio`. Runs of older versions have none.
   */
  readonly p95Ratio?: number | undefined;
  readonly p99Ratio?: number | undefined;
  /** The candidate's p95 and p99 in milliseconds; by default without a limit. */
  readonly p95Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  /** A run with fewer compared exchanges cannot pass. */
  readonly minCompared: number;
  /** By how much the candidate's share of 5xx and incomplete responses may exceed the primary's, 0–1. */
  readonly errorRate: number;
  /** Smallest share of the primary's responses that must be 2xx or 3xx before the run can pass, 0–1. */
  readonly minSuccess: number;
  /** Endpoints, without health checks, that the run must compare before it can pass. */
  readonly minEndpoints: number;
  /** Endpoints (or patterns) that need at least `minCompared` comparisons each before the run can pass. */
  readonly coverage: readonly string[];
  /** The endpoints of all operations of the contract; absent without one. The report says which were compared. */
  readonly operations?: readonly string[] | undefined;
  /** Thresholds of individual endpoints. The first match wins; an undefined threshold falls back to the general one. */
  readonly endpoints: readonly EndpointGate[];
}

export interface EndpointGate {
  /** An endpoint or a pattern, as in a rule. */
  readonly endpoint: string;
  readonly parity?: number | undefined;
  readonly latencyRatio?: number | undefined;
  readonly p95Ratio?: number | undefined;
  readonly p99Ratio?: number | undefined;
  readonly p95Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  readonly minCompared?: number | undefined;
  readonly errorRate?: number | undefined;
}

/** One rehearsal of candidate versions against a primary. */
/** Names the newest run, which is the one that receives traffic. */
export const CURRENT_RUN = "current";

export interface Run {
  /** Ids sort by start time. */
  readonly id: string;
  readonly name: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Unix milliseconds; null while the run is active. */
  readonly endedAt: number | null;
  /** Versions and other properties of the run: `{ commit: "3f2a", candidate: "2.4.0" }`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly primary: string;
  readonly candidates: readonly string[];
  readonly secondary: string | null;
  readonly gate: Gate;
  /** Rules of the configuration. `createdAt` is the time of the reload that added the rule; null if the run began with it. */
  readonly rules: readonly Rule[];
}

/** The run that a report is compared with: what it had already does not count. */
export interface Baseline extends Pick<Run, "id" | "name" | "startedAt"> {
  /** Causes that do not count because the baseline had them; one of several endpoints counts once. */
  readonly causes: number;
  /** Endpoints that were slower than the gate allows in the baseline, so that their limits are relative to it. */
  readonly slowEndpoints: number;
  /** Responses that differ only as in the baseline, apart from noise: they count as equal. */
  readonly differed: number;
  /** Responses of the candidate only that are 5xx or incomplete as in the baseline: no error rate counts them. */
  readonly errors: number;
}

/** Why the current run could not be ended. */
export interface SwitchFailure {
  readonly message: string;
  /** Another replica has begun a run at the same time. */
  readonly isConflict: boolean;
}
