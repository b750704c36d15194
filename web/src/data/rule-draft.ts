import type { Rule } from "../../../src/model/rule.ts";

/** A rule that is not added yet. */
export type RuleDraft = Pick<Rule, "endpoint" | "section" | "path" | "kind" | "action" | "owner" | "reason"> & {
  /** ISO 8601 date; null: never. */
  readonly expiresAt: string | null;
  /** Signature of a cause: the rule becomes one for each endpoint that matches and shows it now. */
  readonly cause?: string | undefined;
};
