import type { Rule } from "./rule.ts";

/** The thresholds that a verdict is held against. */
export interface Gate {
  /** Smallest share of compared exchanges without a difference that counts, 0–1. */
  readonly parity: number;
  /** Largest median of candidate / primary latency. */
  readonly latencyRatio: number;
  /** Fewer compared exchanges than this cannot pass. */
  readonly minCompared: number;
  /** Largest share of a candidate's answers that are 5xx or incomplete, beyond the primary's own share; 0–1. */
  readonly errorRate: number;
  /** Endpoints (or patterns) that must have been compared at least `minCompared` times each, or the run cannot pass. */
  readonly coverage: readonly string[];
  /** Thresholds of single endpoints, first match wins; the others hold where one is undefined. */
  readonly endpoints: readonly EndpointGate[];
}

export interface EndpointGate {
  /** As in a rule. */
  readonly endpoint: string;
  readonly parity?: number | undefined;
  readonly latencyRatio?: number | undefined;
  readonly minCompared?: number | undefined;
  readonly errorRate?: number | undefined;
}

/** One rehearsal of candidate versions against a primary. */
export interface Run {
  /** Sorts by start. */
  readonly id: string;
  readonly name: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Unix milliseconds; null while it goes on. */
  readonly endedAt: number | null;
  /** Versions and whatever else tells it from others: `{ commit: "3f2a", candidate: "2.4.0" }`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly primary: string;
  readonly candidates: readonly string[];
  readonly secondary: string | null;
  readonly gate: Gate;
  /** Those of the configuration. `createdAt` tells when a reload brought one; null: they held when the run began. */
  readonly rules: readonly Rule[];
}
