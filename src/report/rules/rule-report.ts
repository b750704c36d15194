import { matchesEndpoint } from "../../compare/rules/rule-match.ts";
import type { RuleReport, RuleState } from "../../model/report.ts";
import type { Rule, RuleHitCount } from "../../model/rule.ts";
import type { Run } from "../../model/run.ts";
import { actsOnReports, isInForce } from "./find-hiding-rule.ts";
import { isLate, type LateRuleReport } from "./rules-added-later.ts";

/** A rule that does nothing in this many compared exchanges is not needed. */
const ENOUGH_COMPARED = 1_000;

export interface RuleEvidence {
  readonly run: Run;
  /** Unix milliseconds. */
  readonly now: number;
  /** Exchanges in which a rule hides a counted difference, by the rule's id. */
  readonly hits: ReadonlyMap<string, number>;
  /** Hits of rules that act during comparison. */
  readonly comparisonHits: readonly RuleHitCount[];
  readonly lateRules: ReadonlyMap<string, LateRuleReport>;
  readonly endpoints: readonly { readonly endpoint: string; readonly compared: number }[];
}

/** What each rule does, in the order of the rules. */
export function ruleReports(rules: readonly Rule[], evidence: RuleEvidence): readonly RuleReport[] {
  return rules.map((rule) => {
    const during = evidence.comparisonHits.reduce((sum, hit) => (hit.rule === rule.id ? sum + hit.count : sum), 0);
    const hits = (evidence.hits.get(rule.id) ?? 0) + during;
    return { rule, state: stateOf(rule, hits, evidence), hits, past: evidence.lateRules.get(rule.id) ?? null };
  });
}

function stateOf(rule: Rule, hits: number, { run, now, endpoints }: RuleEvidence): RuleState {
  if (!isInForce(rule, now)) return "expired";
  // A late rule is known from some kept exchanges only: they cannot show that it is never needed.
  if (hits > 0 || (!actsOnReports(rule) && isLate(rule, run))) return "active";
  const compared = endpoints.reduce(
    (sum, each) => (matchesEndpoint(rule.endpoint, each.endpoint) ? sum + each.compared : sum),
    0,
  );
  return compared >= ENOUGH_COMPARED ? "dead" : "active";
}
