import type { DropReason, NotMirroredReason, SkipReason } from "./accounting.ts";
import type { DifferenceKind, Relation, Section } from "./difference.ts";
import type { CauseField, Review } from "./review.ts";
import type { Rule } from "./rule.ts";
import type { Gate, Run } from "./run.ts";

export type Verdict = "pass" | "fail" | "inconclusive";
export type FieldVerdict = "noise" | "likely" | "real";

/** A share with its Wilson score interval (95%). */
export interface Proportion {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** Milliseconds; null if nothing was measured. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** The typical ratio of two latencies per exchange (Hodges–Lehmann) with its 95% interval. */
export interface RatioEstimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** A differing field of an endpoint. */
export interface FieldReport {
  readonly section: Section;
  readonly path: string;
  readonly kind: DifferenceKind;
  /** Exchanges in which primary and candidate differ. */
  readonly count: number;
  /** Exchanges in which primary and secondary differ. */
  readonly noise: number;
  /** Exchanges in which both differ from the primary. */
  readonly both: number;
  /** Evidence that the candidate differs more often than the secondary: the natural logarithm of an e-value. */
  readonly evidence: number;
  /** Share of pairs in which only the candidate differs, minus the share in which only the secondary does; null without pairs. */
  readonly excess: number | null;
  readonly verdict: FieldVerdict;
  /** The relation that at least 95% of the differences have. */
  readonly relation: Relation | null;
  /** The rule that hides the field. */
  readonly rule: string | null;
  /** The signature of its cause; empty if the candidate never differs, and for fields beyond the grouped ones. */
  readonly cause: string;
  readonly diffy: DiffyNumbers;
}

/** What Diffy shows for a field: over the exchanges with a secondary, if there are any. */
export interface DiffyNumbers {
  /** |raw − noise| / (raw + noise) · 100; a difference needs more than 20. */
  readonly relative: number;
  /** |raw − noise| / all · 100; a difference needs more than 0.03. */
  readonly absolute: number;
  /** Diffy calls the field a difference. */
  readonly flagged: boolean;
}

/**
 * The state of a cause.
 * - `new`: unreviewed, and the run before did not have all of its fields with the same look. `known`: it had.
 * - `accepted`: all of its fields were accepted with this look. `denied`: one of its fields was denied.
 * - `changed`: some of its fields were accepted, but look different now, or the cause has more fields.
 */
export type CauseState = "new" | "known" | "accepted" | "denied" | "changed";

/** Differences that occur together: one row for a person to decide on. */
export interface CauseReport {
  /** Names the cause by its look, in this and in later runs. */
  readonly signature: string;
  /** `body $.price, $.total (rounded)` */
  readonly title: string;
  /** Most frequent first. */
  readonly fields: readonly CauseField[];
  /** Exchanges with at least one of its fields. */
  readonly count: number;
  /** The most severe verdict of its fields. */
  readonly verdict: FieldVerdict;
  readonly state: CauseState;
  /** The review that led to the state, or an expired one. It may be about another group of the same fields. */
  readonly review: Review | null;
  /** The rule that hides all of its fields, so that the cause does not count. */
  readonly rule: string | null;
  /** Grows with severity, excess over noise and traffic: causes are listed by descending rank. */
  readonly rank: number;
}

/** Slow responses: paired exchanges in which only one response is slower than the limit. */
export interface TailReport {
  /** Milliseconds. */
  readonly limit: number;
  readonly candidateOnly: number;
  readonly primaryOnly: number;
  readonly pairs: number;
  /** Evidence that the candidate is slow more often: the natural logarithm of an e-value. */
  readonly evidence: number;
}

export interface LatencyReport {
  readonly primary: Quantiles;
  readonly candidate: Quantiles;
  readonly secondary: Quantiles;
  /** candidate / primary. */
  readonly ratio: RatioEstimate | null;
  /** Paired exchanges behind the estimates: at most the kept sample. */
  readonly pairs: number;
  readonly tail: TailReport | null;
  /** secondary / primary: the overhead of mirroring. */
  readonly bias: RatioEstimate | null;
  /** The largest ratio that passes: the limit of the gate, raised by the overhead of mirroring. */
  readonly allowed: number;
  /** The verdict of the latency on its own, from all exchanges; null if nothing was measured. */
  readonly verdict: Verdict | null;
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
  readonly errors: ErrorRates;
  /** Exchanges by pairs of different statuses, most frequent first; 0 is an incomplete response. */
  readonly statusFlips: readonly { readonly primary: number; readonly candidate: number; readonly count: number }[];
  readonly causes: readonly CauseReport[];
  readonly differences: readonly FieldReport[];
}

/** Shares of responses that are 5xx or incomplete. */
export interface ErrorRates {
  readonly primary: Proportion;
  readonly candidate: Proportion;
  /** The verdict of the errors on their own. */
  readonly verdict: Verdict;
}

/** The secondary judged as if it were the candidate: every finding is a false alarm. */
export interface Placebo {
  /** Exchanges with a secondary response. */
  readonly compared: number;
  readonly parity: Proportion;
  readonly verdict: Verdict;
  /** Differing fields. */
  readonly fields: number;
  /** Fields that are called real. */
  readonly falselyReal: number;
  /** `falselyReal / fields`, 0 without fields. */
  readonly falseAlarmRate: number;
  readonly latencyRatio: RatioEstimate | null;
}

/**
 * The state of a rule. `active`: in force. `expired`: no longer in force. `dead`: in force, but never applied in at least a
 * thousand compared exchanges of its endpoints.
 */
export type RuleState = "active" | "expired" | "dead";

export interface RuleReport {
  readonly rule: Rule;
  readonly state: RuleState;
  /** Exchanges in which it hides at least one difference. */
  readonly hits: number;
  /** Kept samples from before the rule: how many were compared again, and how many of them it explains. Null if it came first. */
  readonly past: { readonly samples: number; readonly explained: number } | null;
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

/** Exchanges that are counted under a collective name because a cap was reached. */
export interface Overflow {
  /** Compared exchanges on endpoints beyond the cap. */
  readonly endpoints: number;
  /** Compared exchanges whose set of differing fields is beyond the cap. */
  readonly differenceSets: number;
  /** Fields beyond the most frequent ones of their endpoint, which count but are not listed. */
  readonly fields: number;
}

export interface Report {
  readonly run: Pick<Run, "id" | "name" | "startedAt" | "endedAt" | "labels">;
  readonly candidate: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly gate: Gate;
  readonly accounting: Accounting;
  readonly parity: Proportion;
  /** Whether the parity of all endpoints together meets the gate, apart from everything else. */
  readonly parityVerdict: Verdict;
  readonly latency: LatencyReport;
  /** Compared exchanges that are needed until the run can pass, if none of them differs; null if no number is enough. */
  readonly needed: number | null;
  readonly errors: ErrorRates;
  /** Null without a secondary. */
  readonly placebo: Placebo | null;
  readonly rules: readonly RuleReport[];
  /** Endpoints of the gate's coverage with too few compared exchanges. */
  readonly uncovered: readonly string[];
  readonly overflow: Overflow;
  readonly endpoints: readonly EndpointReport[];
}

/** A cause in one or both of two runs. */
export interface ComparedCause {
  readonly endpoint: string;
  readonly signature: string;
  readonly title: string;
  readonly verdict: FieldVerdict;
  /** Share of compared exchanges with its most frequent field; null if the run compared none. */
  readonly before: number | null;
  readonly after: number | null;
}

/** What happened to the causes of one run in another, without noise and hidden differences. */
export interface RunComparison {
  readonly before: Pick<Run, "id" | "name" | "labels">;
  readonly after: Pick<Run, "id" | "name" | "labels">;
  readonly new: readonly ComparedCause[];
  readonly fixed: readonly ComparedCause[];
  readonly still: readonly ComparedCause[];
  /** Endpoints whose causes are unknown: the later run has too few of their exchanges to show them. */
  readonly unseen: readonly string[];
}
