import type { AttributeSource } from "./attribute.ts";
import type { Mark } from "./mark.ts";

/** A condition that divides exchanges: those that meet it, and all others. */
export interface Condition {
  readonly source: AttributeSource | "time";
  readonly name: string;
  /**
   * `equals`, `prefix`: the value is, or begins with. `not-equals`: it is another one, or there is none. `above`, `at-most`: thresholds of a number. `present`, `absent`: whether
   * there is a value at all.
   */
  readonly test: "equals" | "not-equals" | "prefix" | "above" | "at-most" | "present" | "absent";
  /** Null for `present` and `absent`, and for the value null. */
  readonly value: string | number | boolean | null;
  /** In words: `accept-language: de*`, `limit > 100`. */
  readonly words: string;
}

/** Exchanges with the cause, of all that meet a condition. Estimated unless every exchange was kept. */
export interface ConditionCount {
  readonly count: number;
  readonly compared: number;
}

/** A condition, or two together, with which exchanges have the cause clearly more often than without. */
export interface ExplanationFinding {
  /** One, or two that hold together. */
  readonly conditions: readonly Condition[];
  readonly with: ConditionCount;
  readonly without: ConditionCount;
  /** The counts are of all exchanges, not estimated from kept ones. */
  readonly isExact: boolean;
  /** Share with the condition / share without it, with an interval (95%); `high` is null if nothing limits it. */
  readonly riskRatio: { readonly estimate: number | null; readonly low: number; readonly high: number | null };
  /** The natural logarithm of an e-value. */
  readonly evidence: number;
  /** `accept-language: de*: 412 of 415 differ; all others: 0 of 8,210.` */
  readonly sentence: string;
}

/**
 * What the first sentence of an explanation says. `condition`: what exchanges with the cause have in common. `always`: all
 * exchanges have it. `time`: all exchanges since a moment have it. `even`: it is spread evenly over all attributes. `too-few`:
 * there are too few exchanges to tell.
 */
export type ExplanationKind = "condition" | "always" | "time" | "even" | "too-few";

/** When a cause began or changed. */
export interface ExplanationTime {
  /** Unix milliseconds of the first exchange with the cause; null if it is unknown. */
  readonly firstAt: number | null;
  /** Where its share clearly changes; null without such a moment. */
  readonly change: {
    readonly at: number;
    readonly before: ConditionCount;
    readonly after: ConditionCount;
    /** The mark that comes shortly before it, or null. */
    readonly mark: Mark | null;
  } | null;
  /** Everything that happened in the run, oldest first. */
  readonly marks: readonly Mark[];
  /** `Since 14:32:07, one minute after v2 restarted.`; null if there is nothing to say. */
  readonly sentence: string | null;
}

/** Why a cause shows on one endpoint, as far as attributes tell. */
export interface Explanation {
  readonly signature: string;
  readonly endpoint: string;
  readonly route: string;
  readonly kind: ExplanationKind;
  /** The most important sentence. */
  readonly sentence: string;
  /** Strongest first; empty unless something explains it. */
  readonly findings: readonly ExplanationFinding[];
  readonly time: ExplanationTime;
  /** Exchanges of the endpoint with the cause, and all. */
  readonly total: ConditionCount;
  /** Kept exchanges with and without the cause, what was tested on them, and the sources that were cut. */
  readonly basis: {
    readonly cases: number;
    readonly controls: number;
    readonly attributes: number;
    readonly values: number;
    readonly cut: readonly AttributeSource[];
  };
}

/** The differences of the secondary explained in the same way: what is found among them are false alarms, or noise with a reason. */
export interface ExplanationPlacebo {
  readonly tested: number;
  readonly explained: number;
}
