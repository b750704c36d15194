import type { Rule } from "../../model/rule.ts";
import type { Problem } from "../config-error.ts";
import { problemAt } from "../issues.ts";
import type { Settings } from "../settings.ts";
import type { RuleDocument } from "./rule-schema.ts";

/** What is wrong with a rule that its fields do not show one by one. */
export interface RuleProblem {
  readonly field: "endpoint" | "path";
  readonly message: string;
  readonly allowed: string;
}

/** Judges a rule. @param force it may hide very much */
export type RuleCheck = (rule: Rule, force: boolean) => RuleProblem | undefined;

/** The rules in their order, `config-1` and so on. */
export function resolveRules(documents: readonly RuleDocument[]): readonly Rule[] {
  return documents.map(({ rule }, index) => ({ id: `config-${index + 1}`, ...rule }));
}

export function ruleProblems(
  documents: readonly RuleDocument[],
  check: RuleCheck | undefined,
  settings: Settings,
): readonly Problem[] {
  if (check === undefined) return [];
  return resolveRules(documents).flatMap((rule, index) => {
    const found = check(rule, documents[index]?.force === true);
    if (found === undefined) return [];
    return [problemAt(settings, ["compare", "rules", index, found.field], found.message, found.allowed)];
  });
}

/** A rule that is over does nothing. @param now Unix milliseconds */
export function ruleWarnings(rules: readonly Rule[], now: number, settings: Settings): readonly Problem[] {
  return rules.flatMap(({ expiresAt }, index) => {
    if (expiresAt === null || now < expiresAt) return [];
    const message = `this rule has expired on ${new Date(expiresAt).toISOString()}: remove it, or give it another date`;
    return [problemAt(settings, ["compare", "rules", index, "expires"], message)];
  });
}
