import { matchesEndpoint } from "../../compare/rules/rule-match.ts";
import type { RuleReport, RuleState } from "../../model/report.ts";
import type { Rule, RuleHitCount } from "../../model/rule.ts";
import type { Run } from "../../model/run.ts";
import { actsOnReports, isInForce } from "./hide-fields.ts";
import { isLate, type Past } from "./late-rules.ts";

/** A rule that does nothing in so many compared exchanges is not needed. */
const ENOUGH_TO_SHOW = 1_000;

export interface RuleEvidence {
  readonly run: Run;
  /** Unix milliseconds. */
  readonly now: number;
  /** Exchanges in which it takes something that was counted away, by the rule's id. */
  readonly hits: ReadonlyMap<string, number>;
  /** Of rules that are applied while answers are compared. */
  readonly counted: readonly RuleHitCount[];
  readonly past: Past["reports"];
  readonly endpoints: readonly { readonly endpoint: string; readonly compared: number }[];
}

/** What each rule does, in the order of the rules. */
export function ruleReports(rules: readonly Rule[], evidence: RuleEvidence): readonly RuleReport[] {
  return rules.map((rule) => {
    const counted = evidence.counted.reduce((sum, hit) => (hit.rule === rule.id ? sum + hit.count : sum), 0);
    const hits = (evidence.hits.get(rule.id) ?? 0) + counted;
    return { rule, state: stateOf(rule, hits, evidence), hits, past: evidence.past.get(rule.id) ?? null };
  });
}

function stateOf(rule: Rule, hits: number, { run, now, endpoints }: RuleEvidence): RuleState {
  if (!isInForce(rule, now)) return "expired";
  // Of what was counted before such a rule only some exchanges are known: they do not show that it is never needed.
  if (hits > 0 || (!actsOnReports(rule) && isLate(rule, run))) return "active";
  const compared = endpoints.reduce(
    (sum, each) => (matchesEndpoint(rule.endpoint, each.endpoint) ? sum + each.compared : sum),
    0,
  );
  return compared >= ENOUGH_TO_SHOW ? "dead" : "active";
}
