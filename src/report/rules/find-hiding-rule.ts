import { matchesEndpoint, matchesPath } from "../../compare/rules/rule-match.ts";
import type { Rule } from "../../model/rule.ts";
import { fieldKey, type FieldId } from "../judge/field-counts.ts";

/** Finds the rule that hides a field of an endpoint. @returns its id */
export type FindHidingRule = (endpoint: string, field: FieldId) => string | null;

/** Whether reviews protect a field from rules: its differences were denied. @param key the `fieldKey` of the field */
export type IsProtected = (endpoint: string, key: string) => boolean;

/** Used where no rule hides anything, so that callers can skip the search. */
export const noHidingRule: FindHidingRule = () => null;

/** Whether a rule acts on reports: on everything that was ever counted, and exactly. */
export function actsOnReports({ action }: Pick<Rule, "action">): boolean {
  return action.type === "ignore" || action.type === "only";
}

/** Whether a rule applies at a time, Unix milliseconds. */
export function isInForce({ expiresAt }: Pick<Rule, "expiresAt">, now: number): boolean {
  return expiresAt === null || now < expiresAt;
}

/**
 * Finds hiding rules: the first `ignore` that matches the field; otherwise, if `only` rules exist for its section and none of
 * them matches, the first of these.
 * @param rules in force; those that do not act on reports are skipped
 */
export function createRuleFinder(rules: readonly Rule[], isProtected: IsProtected): FindHidingRule {
  const acting = rules.filter(actsOnReports);
  if (acting.length === 0) return noHidingRule;
  const byEndpoint = new Map<string, readonly Rule[]>();
  const found = new Map<string, string | null>();
  const rulesFor = (endpoint: string): readonly Rule[] => {
    const known = byEndpoint.get(endpoint);
    if (known !== undefined) return known;
    const matching = acting.filter((rule) => matchesEndpoint(rule.endpoint, endpoint));
    byEndpoint.set(endpoint, matching);
    return matching;
  };
  return (endpoint, field) => {
    const matching = rulesFor(endpoint);
    if (matching.length === 0) return null;
    const key = fieldKey(field);
    const name = `${endpoint}\n${key}`;
    const known = found.get(name);
    if (known !== undefined) return known;
    const rule = isProtected(endpoint, key) ? null : hidingRule(matching, field);
    found.set(name, rule);
    return rule;
  };
}

function hidingRule(rules: readonly Rule[], field: FieldId): string | null {
  const ignoring = rules.find((rule) => rule.action.type === "ignore" && matchesPath(rule, field));
  if (ignoring !== undefined) return ignoring.id;
  const wanted = rules.filter(({ action, section }) => action.type === "only" && section === field.section);
  return wanted.some((rule) => matchesPath(rule, field)) ? null : (wanted[0]?.id ?? null);
}
