import type { DropReason, NotMirroredReason, SkipReason } from "./accounting.ts";
import type { DifferenceKind, Relation, Section } from "./difference.ts";
import type { CauseField, Review } from "./review.ts";
import type { Rule } from "./rule.ts";
import type { Gate, Run } from "./run.ts";

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

/** Typical candidate / primary per exchange (Hodges–Lehmann) with its 95 % interval. */
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
  /** Evidence that the candidate differs here more often than the secondary does: the natural logarithm of an e-value. */
  readonly evidence: number;
  /** Share of pairs in which only the candidate differs less the share in which only the secondary does; null without pairs. */
  readonly excess: number | null;
  readonly verdict: FieldVerdict;
  /** What explains nearly all (95 %) of the differences here, if something does. */
  readonly relation: Relation | null;
  /** The rule that takes this field out of the verdict. */
  readonly rule: string | null;
  /** The cause that it belongs to; empty where the candidate never differs, and beyond the fields that are grouped. */
  readonly cause: string;
  readonly diffy: DiffyNumbers;
}

/** What Diffy shows of a field, and whether it would call it a difference; of the exchanges with a secondary if there are any. */
export interface DiffyNumbers {
  /** |raw − noise| / (raw + noise) · 100; Diffy asks for more than 20. */
  readonly relative: number;
  /** |raw − noise| / all · 100; Diffy asks for more than 0.03. */
  readonly absolute: number;
  readonly flagged: boolean;
}

/**
 * - `new`: nobody decided, and the run before did not have all of its fields, looking as they do. `known`: it had.
 * - `accepted`: each of its fields was accepted, looking as it does. `denied`: one of its fields was denied.
 * - `changed`: fields of it were accepted, but they look different now, or others have come in addition.
 */
export type CauseState = "new" | "known" | "accepted" | "denied" | "changed";

/** Differences that occur together: one row for a person. */
export interface CauseReport {
  /** Names the cause by what it looks like, in this and in later runs. */
  readonly signature: string;
  /** For a person: `body $.price, $.total (rounding)`. */
  readonly title: string;
  /** The most frequent first. */
  readonly fields: readonly CauseField[];
  /** Exchanges that show at least one of its fields. */
  readonly count: number;
  /** The gravest of its fields. */
  readonly verdict: FieldVerdict;
  readonly state: CauseState;
  /** The decision behind the state, or one that has expired. It may have been about another grouping of the same fields. */
  readonly review: Review | null;
  /** Of all its fields, so that the cause does not count. */
  readonly rule: string | null;
  /** Grows with gravity, excess over noise and traffic: the order in which a person should look. */
  readonly rank: number;
}

/** A share of slow answers, per exchange: above the limit on one side only. */
export interface TailReport {
  /** Milliseconds. */
  readonly limit: number;
  /** Of the paired exchanges, those in which only the candidate is slower than the limit, and only the primary. */
  readonly candidateOnly: number;
  readonly primaryOnly: number;
  readonly pairs: number;
  /** Natural logarithm of the e-value that the candidate exceeds it more often. */
  readonly evidence: number;
}

export interface LatencyReport {
  readonly primary: Quantiles;
  readonly candidate: Quantiles;
  readonly secondary: Quantiles;
  readonly ratio: RatioEstimate | null;
  /** Paired exchanges behind the estimates, at most the sample that is kept. */
  readonly pairs: number;
  readonly tail: TailReport | null;
  /** The same ratio for secondary / primary: what the proxy and the machine add to any mirrored leg. */
  readonly bias: RatioEstimate | null;
  /** Largest ratio that the gate lets pass, raised by what a mirrored leg takes longer anyway. */
  readonly allowed: number;
  /** What this latency says by itself, from all exchanges; null when nothing was measured. */
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
  /** Exchanges by pairs of statuses that differ, the most frequent first; 0 stands for no complete answer. */
  readonly statusFlips: readonly { readonly primary: number; readonly candidate: number; readonly count: number }[];
  readonly causes: readonly CauseReport[];
  readonly differences: readonly FieldReport[];
}

/** Shares of answers that are 5xx or incomplete. */
export interface ErrorRates {
  readonly primary: Proportion;
  readonly candidate: Proportion;
  /** What these errors say by themselves. */
  readonly verdict: Verdict;
}

/** The secondary judged as if it were the candidate: what this very method finds where there is nothing to find. */
export interface Placebo {
  /** Exchanges with a secondary. */
  readonly compared: number;
  readonly parity: Proportion;
  readonly verdict: Verdict;
  /** Fields that were looked at, and those that are called real. */
  readonly fields: number;
  readonly falselyReal: number;
  /** `falselyReal / fields`, 0 without fields. */
  readonly falseAlarmRate: number;
  readonly latencyRatio: RatioEstimate | null;
}

/**
 * - `active`: in force. `expired`: its time is over. `dead`: in force, but never applied although its endpoints had at least
 *   a thousand compared exchanges.
 */
export type RuleState = "active" | "expired" | "dead";

export interface RuleReport {
  readonly rule: Rule;
  readonly state: RuleState;
  /** Exchanges in which it took at least one difference away. */
  readonly hits: number;
  /** What was counted before the rule is judged from kept samples: how many were compared again, and how many it explains. */
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

/** Exchanges that were counted, but under a collective name because a cap was reached. */
export interface Overflow {
  /** Compared exchanges on endpoints beyond the cap. */
  readonly endpoints: number;
  /** Compared exchanges whose set of differing fields is beyond the cap. */
  readonly differenceSets: number;
  /** Fields beyond the most frequent ones of their endpoint: they count, but are not listed. */
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
  /** Compared exchanges that are still needed until the run can pass, if none of them differs; null when no number is enough. */
  readonly needed: number | null;
  readonly errors: ErrorRates;
  /** Null without a secondary. */
  readonly placebo: Placebo | null;
  readonly rules: readonly RuleReport[];
  /** Endpoints of the gate's coverage that have too few compared exchanges. */
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
  /** Share of the endpoint's compared exchanges, of the most frequent field; null where the run has none. */
  readonly before: number | null;
  readonly after: number | null;
}

/** What became of the causes of one run in another. Noise is left out, and so is what rules hide. */
export interface RunComparison {
  readonly before: Pick<Run, "id" | "name" | "labels">;
  readonly after: Pick<Run, "id" | "name" | "labels">;
  readonly new: readonly ComparedCause[];
  readonly fixed: readonly ComparedCause[];
  readonly still: readonly ComparedCause[];
  /**
   * Endpoints with causes in the run before that the run after has not seen, or too seldom for them to show: nothing can be
   * said of these causes.
   */
  readonly unseen: readonly string[];
}
