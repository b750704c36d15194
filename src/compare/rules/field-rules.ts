import { canonicalMembers } from "../headers/field-forms.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import { isRewriting, rewriteText, rulesEquating } from "./scalar-rules.ts";

/**
 * The rules that make two header or trailer fields of the same name equal, as they were sent or in one spelling.
 * @param name of the field, in lower case
 * @param left the lines of the field, as sent
 * @returns empty when the fields remain different
 */
export function rulesEquatingFields(
  rules: readonly CompiledRule[],
  name: string,
  left: readonly string[],
  right: readonly string[],
): readonly CompiledRule[] {
  if (rules.length === 0) return [];
  const [a, b] = [left.join(", "), right.join(", ")];
  const alone = rulesEquating(rules, a, b);
  if (alone.length > 0) return alone;
  const [canonicalA, canonicalB] = [canonicalMembers(name, a), canonicalMembers(name, b)];
  const inOneSpelling =
    canonicalA === undefined || canonicalB === undefined
      ? []
      : rulesEquating(rules, canonicalA.join(", "), canonicalB.join(", "));
  if (inOneSpelling.length > 0) return inOneSpelling;
  const unordered = rules.filter(({ action }) => action.type === "unordered");
  if (unordered.length === 0) return [];
  const rewriting = rules.filter((rule) => isRewriting(rule));
  const sorted = (text: string): string => {
    const rewritten = rewriteText(rewriting, text);
    return (canonicalMembers(name, rewritten) ?? listMembers(rewritten)).toSorted().join(",");
  };
  return sorted(a) === sorted(b) ? unordered : [];
}

const MEMBER = /(?:"(?:[^"\\]|\\.)*"?|[^",])+/g;

/** The members of a list-based field (RFC 9110 §5.6.1). A comma inside quotes does not separate members. */
function listMembers(value: string): string[] {
  return (value.match(MEMBER) ?? []).map((member) => member.trim()).filter((member) => member !== "");
}
