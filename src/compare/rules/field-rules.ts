import type { CompiledRule } from "./compiled-rule.ts";
import { matchesPattern, isRewriting, rewriteText, rulesEquating } from "./scalar-rules.ts";

/**
 * The rules that make two header or trailer fields of the same name equal.
 * @param left the lines of the field, as sent
 * @param independentLines whether the lines are independent of each other and of their order, like those of Set-Cookie
 * @returns empty when the fields remain different
 */
export function rulesEquatingFields(
  rules: readonly CompiledRule[],
  left: readonly string[],
  right: readonly string[],
  independentLines: boolean,
): readonly CompiledRule[] {
  if (rules.length === 0) return [];
  if (independentLines) return rulesEquatingLines(rules, left, right);
  const [a, b] = [left.join(", "), right.join(", ")];
  const alone = rulesEquating(rules, a, b);
  if (alone.length > 0) return alone;
  const unordered = rules.filter(({ action }) => action.type === "unordered");
  if (unordered.length === 0) return [];
  const rewriting = rules.filter((rule) => isRewriting(rule));
  const sorted = (text: string): string => listMembers(rewriteText(rewriting, text)).toSorted().join(",");
  return sorted(a) === sorted(b) ? unordered : [];
}

function rulesEquatingLines(
  rules: readonly CompiledRule[],
  left: readonly string[],
  right: readonly string[],
): readonly CompiledRule[] {
  const pattern = rules.find((rule) => [...left, ...right].every((line) => matchesPattern(rule, line)));
  if (pattern !== undefined && left.length === right.length) return [pattern];
  const rewriting = rules.filter((rule) => isRewriting(rule));
  const same = (some: readonly CompiledRule[]): boolean => {
    const sorted = (all: readonly string[]): string =>
      JSON.stringify(all.map((line) => rewriteText(some, line)).toSorted());
    return sorted(left) === sorted(right);
  };
  const alone = rewriting.find((rule) => same([rule]));
  if (alone !== undefined) return [alone];
  return rewriting.length > 1 && same(rewriting) ? rewriting : [];
}

const MEMBER = /(?:"(?:[^"\\]|\\.)*"?|[^",])+/g;

/** The members of a list-based field (RFC 9110 §5.6.1). A comma inside quotes does not separate members. */
function listMembers(value: string): string[] {
  return (value.match(MEMBER) ?? []).map((member) => member.trim()).filter((member) => member !== "");
}
