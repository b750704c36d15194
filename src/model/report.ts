import type { DropReason, NotMirroredReason, SkipReason } from "./accounting.ts";
import type { DifferenceKind, Section } from "./difference.ts";
import type { Gate } from "./run.ts";

export type Verdict = "pass" | "fail" | "inconclusive";
export type FieldVerdict = "noise" | "likely" | "real";

/** A share with its Wilson score interval (95 %). */
export interface Proportion {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** Milliseconds. Null when nothing was measured. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** Median of candidate / primary per exchange with its 95 % interval; null when nothing was measured. */
export interface RatioEstimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface FieldReport {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  /** Exchanges in which primary and candidate differ here. */
  readonly count: number;
  /** Exchanges in which primary and secondary differ here. */
  readonly noise: number;
  /** Exchanges in which both pairs differ here. */
  readonly both: number;
  readonly verdict: FieldVerdict;
}

export interface LatencyReport {
  readonly primary: Quantiles;
  readonly candidate: Quantiles;
  readonly secondary: Quantiles;
  readonly ratio: RatioEstimate | null;
  /** The same ratio for secondary / primary: what the proxy and the machine add to any mirrored leg. */
  readonly bias: RatioEstimate | null;
}

export interface EndpointReport {
  readonly endpoint: string;
  readonly route: string;
  /** The candidate's subset. */
  readonly subset: string;
  readonly compared: number;
  readonly matched: number;
  readonly differed: number;
  readonly noiseCompared: number;
  readonly parity: Proportion;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly latency: LatencyReport;
  readonly differences: readonly FieldReport[];
}

export interface Accounting {
  readonly received: number;
  readonly sampledOut: number;
  readonly mirrored: number;
  readonly compared: number;
  readonly matched: number;
  readonly differed: number;
  readonly noiseCompared: number;
  readonly notMirrored: Readonly<Partial<Record<NotMirroredReason, number>>>;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
}

/** Exchanges that were counted, but under a collective name because a cap was reached. */
export interface Overflow {
  /** Compared exchanges on endpoints beyond the cap. */
  readonly endpoints: number;
  /** Compared exchanges whose set of differing fields is beyond the cap. */
  readonly differenceSets: number;
}

export interface Report {
  readonly run: { readonly id: string; readonly name: string; readonly startedAt: number };
  readonly candidate: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly gate: Gate;
  readonly accounting: Accounting;
  readonly parity: Proportion;
  readonly latency: LatencyReport;
  readonly overflow: Overflow;
  readonly endpoints: readonly EndpointReport[];
}
