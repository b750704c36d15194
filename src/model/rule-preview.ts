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
