import { bodyPattern } from "../../compare/rules/rule-match.ts";
import type { RuleProblem } from "../../config/native/rules/check-rules.ts";
import { overBroad } from "../../report/rules/over-broad-rules.ts";
import type { Rule } from "../../model/rule.ts";

/** What is wrong with a rule of a configuration, by those who apply it. @param force it may hide very much */
export function ruleProblem(rule: Rule, force: boolean): RuleProblem | undefined {
  if (rule.section === "body" && bodyPattern(rule.path) === undefined) {
    const allowed = "$.items[*].price, $.*.at (one member), $..at (at any depth), ['a.b'] for other names";
    return { field: "path", message: `"${rule.path}" is not a valid path`, allowed };
  }
  const why = force ? null : overBroad(rule);
  if (why === null) return undefined;
  return {
    field: "path",
    message: `the rule hides too much. ${why}`,
    allowed: "a narrower path or endpoint; or force: true",
  };
}
