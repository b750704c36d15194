import type { CompiledRule } from "./compiled-rule.ts";
import { matchesPattern, rewrites, rewritten, rulesEquating } from "./scalar-rules.ts";

/**
 * The rules that take the difference between two header or trailer fields of one name away.
 * @param left lines of one name, as sent
 * @param lines each line stands for itself and their order is nothing, as with Set-Cookie
 * @returns empty when the fields stay different
 */
export function rulesEquatingFields(
  rules: readonly CompiledRule[],
  left: readonly string[],
  right: readonly string[],
  lines: boolean,
): readonly CompiledRule[] {
  if (rules.length === 0) return [];
  if (lines) return rulesEquatingLines(rules, left, right);
  const [a, b] = [left.join(", "), right.join(", ")];
  const alone = rulesEquating(rules, a, b);
  if (alone.length > 0) return alone;
  const unordered = rules.filter(({ action }) => action.type === "unordered");
  if (unordered.length === 0) return [];
  const rewriting = rules.filter((rule) => rewrites(rule));
  const sorted = (text: string): string => listMembers(rewritten(rewriting, text)).toSorted().join(",");
  return sorted(a) === sorted(b) ? unordered : [];
}

function rulesEquatingLines(
  rules: readonly CompiledRule[],
  left: readonly string[],
  right: readonly string[],
): readonly CompiledRule[] {
  const pattern = rules.find((rule) => [...left, ...right].every((line) => matchesPattern(rule, line)));
  if (pattern !== undefined && left.length === right.length) return [pattern];
  const rewriting = rules.filter((rule) => rewrites(rule));
  const same = (some: readonly CompiledRule[]): boolean => {
    const sorted = (all: readonly string[]): string =>
      JSON.stringify(all.map((line) => rewritten(some, line)).toSorted());
    return sorted(left) === sorted(right);
  };
  const alone = rewriting.find((rule) => same([rule]));
  if (alone !== undefined) return [alone];
  return rewriting.length > 1 && same(rewriting) ? rewriting : [];
}

const MEMBER = /(?:"(?:[^"\\]|\\.)*"?|[^",])+/g;

/** The members of a list-based field (RFC 9110 §5.6.1); a comma within quotes is none between members. */
function listMembers(value: string): string[] {
  return (value.match(MEMBER) ?? []).map((member) => member.trim()).filter((member) => member !== "");
}
