import type { Capture } from "../model/capture.ts";
import type { DifferenceKind, Relation, Section } from "../model/difference.ts";
import type { FieldDifference } from "./field-difference.ts";
import { fieldNameOf } from "../presentation/words/header-path.ts";
import { statusPath } from "../presentation/statuses/status-change.ts";
import { joinedValue, type HeaderMap } from "./captured-response.ts";
import type { Redactor } from "./redact/redactor.ts";
import { isSensitiveName } from "../secrets/sensitive-names.ts";
import { compareCookies, cookieFields, type SentCookies } from "./headers/compare-cookies.ts";
import { canonicalMembers } from "./headers/field-forms.ts";
import { isNeverCompared } from "./headers/never-compared.ts";
import { meansSame, repeatsBody } from "./relations/header-meaning.ts";
import { toInstant } from "./relations/instant.ts";
import { textRelation } from "./relations/value-relation.ts";
import { rulesEquatingFields } from "./rules/field-rules.ts";
import type { ComparisonContext } from "./comparison-context.ts";

const SET_COOKIE = "set-cookie";
/** The path of a media type that differs in nothing but its charset. */
const CHARSET = "content-type.charset";

export function compareStatus(primary: Capture, candidate: Capture): FieldDifference[] {
  if (primary.status === candidate.status) return [];
  const detail = { pointer: "", primary: String(primary.status), candidate: String(candidate.status) };
  const path = statusPath({ primary: primary.status, candidate: candidate.status });
  return [{ section: "status", path, kind: "status", detail: () => detail }];
}

/** What decides which fields of two messages are compared. */
export interface ComparedMessage {
  /** Of the request: Content-Length counts only for HEAD, because otherwise the body itself is compared. */
  readonly method: string;
  /** Of the request, in origin form. */
  readonly target: string;
  /** With other bytes in the body, fields that name them differ too. */
  readonly hasSameBody: boolean;
}

type FieldSection = Section & ("header" | "trailer");

/**
 * Compares header or trailer fields and returns one difference per name, and per cookie and attribute of Set-Cookie. Case and
 * order of the names do not matter. The lines of one name are joined in order (RFC 9110 §5.3).
 * @param context the active rules; undefined when there are none
 */
export function compareHeaderFields(
  section: FieldSection,
  a: HeaderMap,
  b: HeaderMap,
  { method, target, hasSameBody }: ComparedMessage,
  context: ComparisonContext | undefined,
): FieldDifference[] {
  const hopByHop = new Set([...connectionOptions(a), ...connectionOptions(b)]);
  const isCompared = (name: string): boolean =>
    !isNeverCompared(name) && !hopByHop.has(name) && (name !== "content-length" || method === "HEAD");
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter(isCompared).flatMap((name) => {
    if (name === SET_COOKIE) return cookieDifferences(section, a, b, target, context);
    const found = fieldChange(name, a, b);
    if (found === undefined) return [];
    const { kind, path } = found;
    if (kind === "header" && ((repeatsBody(name) && !hasSameBody) || meansSame(name, a, b))) return [];
    if (rulesEquateField(section, path, a.get(name), b.get(name), context)) return [];
    return [headerDifference(section, name, found, a, b)];
  });
}

function cookieDifferences(
  section: FieldSection,
  a: HeaderMap,
  b: HeaderMap,
  target: string,
  context: ComparisonContext | undefined,
): readonly FieldDifference[] {
  const [left = [], right = []] = [a.get(SET_COOKIE), b.get(SET_COOKIE)];
  if (left.join("\n") === right.join("\n")) return [];
  const found = compareCookies(sentCookies(left, a), sentCookies(right, b), target, context?.maps);
  return cookieFields(
    section,
    found.filter(
      ({ path, left: one, right: other }) => !rulesEquateField(section, path, toLines(one), toLines(other), context),
    ),
  );
}

function sentCookies(lines: readonly string[], fields: HeaderMap): SentCookies {
  return { lines, date: toInstant(joinedValue(fields, "date") ?? "")?.ms };
}

function toLines(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}

/** @param left the lines of the field; undefined when the primary has none */
function rulesEquateField(
  section: FieldSection,
  path: string,
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
  context: ComparisonContext | undefined,
): boolean {
  if (context?.rules === undefined || left === undefined || right === undefined) return false;
  const rules = rulesEquatingFields(context.rules.ofField(section, path), fieldNameOf(path), left, right);
  for (const { id } of rules) context.onHit(id);
  return rules.length > 0;
}

function connectionOptions(fields: HeaderMap): string[] {
  return (joinedValue(fields, "connection") ?? "").split(",").map((option) => option.trim().toLowerCase());
}

interface FieldChange {
  readonly kind: DifferenceKind;
  readonly path: string;
}

/** Where and how a field differs; undefined when both values mean the same. */
function fieldChange(name: string, a: HeaderMap, b: HeaderMap): FieldChange | undefined {
  const [left, right] = [a.get(name), b.get(name)];
  if (left === undefined || right === undefined) return { kind: left === undefined ? "extra" : "missing", path: name };
  const [one, other] = [left.join(", "), right.join(", ")];
  if (one === other) return undefined;
  const [members, others] = [canonicalMembers(name, one), canonicalMembers(name, other)];
  if (members === undefined || others === undefined) {
    return { kind: sameInAnyOrder(left, right) ? "order" : "header", path: name };
  }
  if (members.join("\n") === others.join("\n")) return undefined;
  if (sameInAnyOrder(members, others)) return { kind: "order", path: name };
  const differsInCharset = name === "content-type" && withoutCharset(members) === withoutCharset(others);
  return { kind: "header", path: differsInCharset ? CHARSET : name };
}

function sameInAnyOrder(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.toSorted().join("\n") === right.toSorted().join("\n");
}

function withoutCharset([type = ""]: readonly string[]): string {
  return type.replace(/; charset="[^"]*"/, "");
}

function headerDifference(
  section: Section,
  name: string,
  { kind, path }: FieldChange,
  a: HeaderMap,
  b: HeaderMap,
): FieldDifference {
  const render = (fields: HeaderMap, redactor: Redactor): string | undefined =>
    fields
      .get(name)
      ?.map((value) => redactor.field(name, value))
      .join(", ");
  const [left, right] = [joinedValue(a, name), joinedValue(b, name)];
  return {
    section,
    path,
    kind,
    values: kind === "order" || isSensitiveName(name) ? undefined : [{ left, right }],
    relation: kind === "header" ? headerRelation(name, left ?? "", right ?? "") : null,
    detail: (redactor) => {
      const [primary, candidate] = shortSides(render(a, redactor), render(b, redactor), redactor);
      return { pointer: "", primary, candidate };
    },
  };
}

/** @returns null for a side without the field */
function shortSides(
  left: string | undefined,
  right: string | undefined,
  redactor: Redactor,
): readonly [string | null, string | null] {
  if (left !== undefined && right !== undefined) return redactor.shortPair(left, right);
  return [left === undefined ? null : redactor.short(left), right === undefined ? null : redactor.short(right)];
}

function headerRelation(name: string, left: string, right: string): Relation | null {
  // A validator of the same bytes may be spelled in any way (RFC 9110 §8.8.3).
  if (name === "etag") return "same-body";
  if (name === "location" && pathOfUrl(left) === pathOfUrl(right)) return "relative-url";
  return textRelation(left, right);
}

/** What remains of a URL of HTTP without its origin. */
function pathOfUrl(url: string): string {
  return url.replace(/^https?:\/\/[^/?#]+/i, "") || "/";
}
