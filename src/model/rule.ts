import type { DifferenceKind, Section } from "./difference.ts";

/**
 * What a rule does to the places that it names.
 *
 * `ignore` and `only` are applied when a report is made, to everything that was ever counted, and are exact. All others are
 * applied while two answers are compared; what was counted before is judged by comparing the kept samples again.
 */
export type RuleAction =
  /** Differences here and below do not count. */
  | { readonly type: "ignore" }
  /** Of this section only differences here and below count. */
  | { readonly type: "only" }
  /** An array whose order is nothing. */
  | { readonly type: "unordered" }
  /** An array of objects whose elements belong together by these members (dotted below an element). */
  | { readonly type: "keyed"; readonly by: readonly string[] }
  /** Numbers that differ by no more; at least one of the two, and either is enough. `relative` is a share of the primary's. */
  | { readonly type: "tolerance"; readonly absolute?: number | undefined; readonly relative?: number | undefined }
  /** Times that differ by no more, as they are or once the candidate's is moved by `shiftMs`. */
  | { readonly type: "time"; readonly toleranceMs: number; readonly shiftMs: number }
  /** Two strings that both match as a whole (RE2) are equal. */
  | { readonly type: "pattern"; readonly regex: string }
  /** What matches (RE2) is replaced by `***` on both sides before strings are compared. */
  | { readonly type: "mask"; readonly regex: string }
  /** Values of one type are equal. */
  | { readonly type: "type-only" }
  /** Strings are compared without case. */
  | { readonly type: "ignore-case" }
  /** A member that is null equals one that is not there. */
  | { readonly type: "null-is-missing" }
  /** The candidate may have more members and elements here and below. */
  | { readonly type: "subset" }
  /** The candidate may have fewer members and elements here and below. */
  | { readonly type: "superset" };

/** Actions that change how a tree is walked; headers have none. */
export const BODY_ONLY_ACTIONS: ReadonlySet<RuleAction["type"]> = new Set([
  "unordered",
  "keyed",
  "null-is-missing",
  "subset",
  "superset",
]);

/** How differences at some place are to be taken. */
export interface Rule {
  /** Of the configuration: `config-` and what follows from what the rule does. */
  readonly id: string;
  readonly source: "configuration" | "dashboard";
  /** An endpoint (`GET /users/{id}`), or a pattern: `*` within a segment or for the method, `**` for any rest. */
  readonly endpoint: string;
  readonly section: Section;
  /**
   * Of a body a shape path with wildcards: `$.items[*].price`, `$.*.at` (one member), `$..at` (at any depth). Of a header or
   * trailer its name, `*` for any run of characters. Of status and transport `$`.
   */
  readonly path: string;
  /** Only differences of this kind; undefined: of any. For `ignore` and `only`. */
  readonly kind?: DifferenceKind | undefined;
  readonly action: RuleAction;
  readonly owner: string;
  readonly reason: string;
  /** Who entered it; empty for the configuration. */
  readonly createdBy: string;
  /** Unix milliseconds; null for the configuration. */
  readonly createdAt: number | null;
  /** From this moment on it is not applied; Unix milliseconds, null for never. */
  readonly expiresAt: number | null;
}

/** How often a rule took a difference away while answers were compared, in exchanges. */
export interface RuleHitCount {
  readonly rule: string;
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly count: number;
}

/** What a rule would do, from what was counted and kept so far. */
export interface RulePreview {
  /** Exchanges in which it takes at least one difference away. */
  readonly exchanges: number;
  /** Exchanges that would no longer count against parity. */
  readonly noLongerCounting: number;
  readonly endpoints: readonly {
    readonly endpoint: string;
    readonly exchanges: number;
    readonly fields: readonly string[];
  }[];
  /** Causes that somebody has denied and this would hide. */
  readonly denied: readonly { readonly endpoint: string; readonly title: string }[];
  /** Counted exactly, or estimated by comparing so many kept samples again. */
  readonly basis:
    | { readonly type: "exact" }
    | { readonly type: "samples"; readonly samples: number; readonly explained: number };
  /** Why it hides too much to be entered without force; null when it does not. */
  readonly overBroad: string | null;
}
