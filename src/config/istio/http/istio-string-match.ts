import { RE2JS, RE2JSException } from "re2js";
import type { NamedMatch, StringMatch } from "../../../model/routing.ts";
import type { DocumentField } from "../../kubernetes/document-field.ts";
import { text } from "../../kubernetes/scalar-fields.ts";

/**
 * Reads a match with one of `exact`, `prefix` and `regex`. Without any, or with the regex `*`, which is not RE2, any value
 * matches.
 */
export function stringMatch(field: DocumentField): StringMatch {
  const written = (["exact", "prefix", "regex"] as const).flatMap((type) => {
    const one = field.child(type);
    const value = text(one);
    return one === undefined || value === undefined ? [] : [{ type, field: one, value }];
  });
  const [first, second] = written;
  if (second !== undefined) field.error("exact, prefix and regex are mutually exclusive");
  if (first === undefined) return { type: "present" };
  if (first.type !== "regex") return { type: first.type, value: first.value };
  return first.value === "*" ? { type: "present" } : { type: "regex", source: checkedRegex(first.value, first.field) };
}

/** Like `stringMatch`, for values that ignore case. */
export function lowerCaseMatch(field: DocumentField): StringMatch {
  const match = stringMatch(field);
  return "value" in match ? { type: match.type, value: match.value.toLowerCase() } : match;
}

/** Reads a mapping from names to matches. @param lower whether names ignore case */
export function namedMatches(field: DocumentField | undefined, lower: boolean): readonly NamedMatch[] {
  return (
    field?.entries().map((entry) => ({
      name: lower ? entry.name.toLowerCase() : entry.name,
      match: stringMatch(entry),
    })) ?? []
  );
}

/** Reports an invalid RE2 expression. @returns the expression */
export function checkedRegex(source: string, field: DocumentField): string {
  try {
    RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    field.error(
      `not a valid RE2 expression: ${error.message}`,
      "RE2 syntax; the expression must match the entire text",
    );
  }
  return source;
}
