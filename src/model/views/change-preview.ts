import type { Verdict } from "../report.ts";

/** What a change of rules or reviews would do to the report. */
export interface ChangeEffect {
  /** Exchanges in which it concerns at least one difference. */
  readonly exchanges: number;
  /** Exchanges that count against parity. */
  readonly counting: { readonly before: number; readonly after: number };
  /** The verdict of the run. */
  readonly verdict: { readonly before: Verdict; readonly after: Verdict };
}

/** The effect of rules on the exchanges counted so far. */
export interface RulePreview extends ChangeEffect {
  /** Differences that the rules would hide; an exchange can have many. */
  readonly differences: number;
  /** Exchanges that would no longer count against parity. */
  readonly noLongerCounting: number;
  /** Most exchanges first. */
  readonly endpoints: readonly {
    readonly endpoint: string;
    readonly exchanges: number;
    readonly fields: readonly string[];
  }[];
  /** Denied causes that the rules match: they count anyway. */
  readonly denied: readonly { readonly endpoint: string; readonly title: string }[];
  /** How the numbers were obtained: counted exactly, or estimated by comparing samples again. */
  readonly basis:
    | { readonly type: "exact" }
    | { readonly type: "samples"; readonly samples: number; readonly explained: number };
  /** Why a rule never matches, whatever the traffic. */
  readonly warnings: readonly string[];
  /** Why a rule is over-broad and adding it requires force; null if none is. */
  readonly overBroad: string | null;
}

/** The effect of a review of several causes. */
export interface ReviewPreview extends ChangeEffect {
  /** Most exchanges first. */
  readonly endpoints: readonly { readonly endpoint: string; readonly exchanges: number }[];
}
