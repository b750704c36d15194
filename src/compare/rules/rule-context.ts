import type { EndpointRules } from "./rule-book.ts";

/** What is known of rules while one answer is held against the primary's. */
export interface RuleContext {
  readonly rules: EndpointRules;
  /** Told whenever a rule takes a difference away. */
  readonly hit: (rule: string) => void;
}
