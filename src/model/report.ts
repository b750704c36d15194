import type { Accounting, Overflow } from "./accounting.ts";
import type { ExplanationPlacebo } from "./explain/explanation.ts";
import type { ContractReport, EndpointContract } from "./contract/contract-report.ts";
import type { DifferenceKind, FailureCount, ParameterShare, Relation, Section } from "./difference.ts";
import type { CauseField, CauseReview } from "./review.ts";
import type { PresetSuggestion, Rule } from "./rule.ts";
import type { Baseline, Gate, Run } from "./run.ts";
import type { LostReplica } from "./shared/lost-replica.ts";

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

/** The median ratio of two latencies per exchange with an interval that covers it at all times together with 95% confidence. */
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
  /** How many differences of a burst count as one in the evidence; 1 if they do not come in bursts. */
  readonly inflation: number;
  /** The start of the time in which a real field differs more often, Unix ms; null if that is the run, or it is not real. */
  readonly since: number | null;
  /** The largest share of responses that may have changed without being seen behind the noise (95%); null if not noise. */
  readonly mayHide: number | null;
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
  /** Why responses were missing or incomplete, most frequent first: of the field `transport` only. */
  readonly failures?: readonly FailureReport[] | undefined;
  /** Properties of its values that candidate and secondary show clearly unequally often, clearest first: a change inside noise. */
  readonly features: readonly FeatureReport[];
}

/** Exchanges without a complete response, by reason and address. */
export type FailureReport = Pick<FailureCount, "kind" | "reason" | "address" | "count">;

/** A property of a field's value, in pairs in which only one side has it. */
export interface FeatureReport {
  /** As counted: `form null`, `value "gold"`. */
  readonly feature: string;
  /** In words: `is null`, `is "gold"`. */
  readonly words: string;
  readonly candidateOnly: number;
  readonly secondaryOnly: number;
  /** The natural logarithm of an e-value. */
  readonly evidence: number;
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
 * - `baseline`: neither accepted nor denied, and the run that the report is compared with had all of its fields with the same look.
 * - `accepted`: all of its fields were accepted with this look. `denied`: one of its fields was denied.
 * - `changed`: some of its fields were accepted, but look different now, or the cause has more fields, or it was accepted on
 *   other endpoints.
 */
export type CauseState = "new" | "known" | "baseline" | "accepted" | "denied" | "changed";

/** Differences that occur together: one row for a person to decide on. */
export interface CauseReport {
  /** Names the cause by its look, on all endpoints, in this and in later runs; noise and hidden causes, on one endpoint. */
  readonly signature: string;
  /** `body $.price, $.total (rounded)` */
  readonly title: string;
  /** Most frequent first. */
  readonly fields: readonly CauseField[];
  /** Exchanges of this endpoint with at least one of its fields. */
  readonly count: number;
  /** How many endpoints have it: a cause that looks the same on several endpoints is one, with one review. */
  readonly endpoints: number;
  /** The most severe verdict of its fields. */
  readonly verdict: FieldVerdict;
  readonly state: CauseState;
  /** The review that led to the state, or an expired one. It may be about another group of the same fields. */
  readonly review: CauseReview | null;
  /** It is `changed` because `review` accepted it, with this look, on other endpoints only. */
  readonly isNewHere: boolean;
  /** Since when its most frequent field differs more often, Unix ms; null if since the start of the run, or it is not real. */
  readonly since: number | null;
  /** The rule that hides all of its fields, so that the cause does not count. */
  readonly rule: string | null;
  /** Where it shows, by query parameter: at most five, clearest first. */
  readonly parameters: readonly ParameterShare[];
  /**
   * What its exchanges have in common: the first sentence of `explain`. Null for noise and what a rule hides, without kept
   * attributes, and until it is computed, which a report does for the most important causes first.
   */
  readonly explanation: string | null;
  /** Grows with severity, excess over noise and traffic: causes are listed by descending rank. */
  readonly rank: number;
}

/** A limit of the slowest responses. */
export interface TailReport {
  /** The share of responses that are not among the slowest: 0.95 or 0.99. */
  readonly quantile: number;
  /** The limit as a multiple of the primary's quantile; null for a limit in milliseconds. */
  readonly factor: number | null;
  /** A response is slow above it, in milliseconds. */
  readonly limitMs: number;
  /** Shares of slow responses; null if the role was not measured. */
  readonly candidate: number;
  readonly primary: number | null;
  readonly secondary: number | null;
  /** The share of the candidate's responses that may be slow, in addition to the primary's unless the limit is in milliseconds. */
  readonly allowed: number;
  /** Unix milliseconds from which on the candidate is slow too often; null if it concerns the entire run, or nothing. */
  readonly since: number | null;
  readonly verdict: Verdict;
}

/** A recent part of a run that contradicts the rest. */
export interface RecentChange {
  /** Unix milliseconds. */
  readonly since: number;
  readonly exchanges: number;
  /** candidate / primary since then. */
  readonly ratio: RatioEstimate;
}

export interface LatencyReport {
  readonly primary: Quantiles;
  readonly candidate: Quantiles;
  readonly secondary: Quantiles;
  /** candidate / primary. */
  readonly ratio: RatioEstimate | null;
  /** candidate / secondary: without the overhead of mirroring. */
  readonly twin: RatioEstimate | null;
  /** secondary / primary: the overhead of mirroring. */
  readonly bias: RatioEstimate | null;
  /** The largest ratio that passes. */
  readonly allowed: number;
  /** A larger overhead of mirroring does not excuse the candidate. */
  readonly excusedOverhead: number;
  /** How many times larger the variance of the ratio is than with independent exchanges; null if it is unknown. */
  readonly inflation: number | null;
  /** Exchanges that were left out because the versions had just started. */
  readonly coldStart: number;
  /** The latest responses that are slower than allowed although the entire run is not; null without such a change. */
  readonly change: RecentChange | null;
  readonly tails: readonly TailReport[];
  /** The verdict of the ratio on its own; null if nothing was measured. */
  readonly ratioVerdict: Verdict | null;
  /** The verdict of ratio and tails; null if nothing was measured. */
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
  /** Compared exchanges, as a share of the requests that they stand for; absent unless shares follow what the verdict needs. */
  readonly share?: number | undefined;
  readonly parity: Proportion;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  /** Further exchanges without a difference until its parity is confirmed; null if more cannot help. */
  readonly needed: number | null;
  /** While its verdict is inconclusive, the run cannot pass. */
  readonly isBlocking: boolean;
  readonly latency: LatencyReport;
  readonly errors: ErrorRates;
  /** Exchanges by pairs of different statuses, most frequent first; 0 is an incomplete response. */
  readonly statusFlips: readonly { readonly primary: number; readonly candidate: number; readonly count: number }[];
  readonly causes: readonly CauseReport[];
  readonly differences: readonly FieldReport[];
  /** How its responses keep to the contract; absent if none was validated. */
  readonly contract?: EndpointContract | undefined;
  /** How many exchanges count against parity, by query parameter, clearest first; empty if no request has one. */
  readonly parameters: readonly ParameterShare[];
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

/** Changes when a program that reads reports has to; new properties are no reason. */
export const REPORT_VERSION = 1;

export interface Report {
  readonly version: typeof REPORT_VERSION;
  readonly run: Pick<Run, "id" | "name" | "startedAt" | "endedAt" | "labels">;
  readonly candidate: string;
  /** Absent if the report is compared with no other run. */
  readonly baseline?: Baseline | undefined;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly gate: Gate;
  readonly accounting: Accounting;
  readonly parity: Proportion;
  /** Whether the parity of all endpoints together meets the gate, apart from everything else. */
  readonly parityVerdict: Verdict;
  readonly latency: LatencyReport;
  /** Compared exchanges that are needed until the run can pass, if none of them differs; null if more requests cannot help. */
  readonly needed: number | null;
  readonly errors: ErrorRates;
  /** The share of the primary's compared responses that are 2xx or 3xx; null if no status was counted. */
  readonly primarySuccess: Proportion | null;
  /** Null without a secondary of its own: a self-check asks the primary later than the candidate. */
  readonly placebo: Placebo | null;
  /** Null without a secondary of its own, and without kept attributes. */
  readonly explanationPlacebo: ExplanationPlacebo | null;
  readonly rules: readonly RuleReport[];
  readonly suggestions: readonly PresetSuggestion[];
  /** Replicas of the run that stopped without ending; absent if there are none. */
  readonly lostReplicas?: readonly LostReplica[] | undefined;
  /** Endpoints of the gate's coverage with too few compared exchanges. */
  readonly uncovered: readonly string[];
  readonly overflow: Overflow;
  readonly contract?: ContractReport | undefined;
  readonly endpoints: readonly EndpointReport[];
}
