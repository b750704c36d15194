import type { Capture } from "../model/capture.ts";
import type { DifferenceKind, Section } from "../model/difference.ts";
import type { FieldDifference } from "./field-difference.ts";
import { joinedValue, type HeaderMap } from "./captured-response.ts";
import type { Redactor } from "./redact/body-redactor.ts";
import { textRelation } from "./relations/value-relation.ts";
import { rulesEquatingFields } from "./rules/field-rules.ts";
import type { RuleContext } from "./rules/rule-book.ts";

/** Date is the clock's; the others belong to one connection (RFC 9110 §7.6.1) or to its framing. */
const NEVER_COUNTED: ReadonlySet<string> = new Set([
  "date",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "upgrade",
  "trailer",
]);

/** Status as one difference, or none. */
export function compareStatus(primary: Capture, candidate: Capture): FieldDifference[] {
  if (primary.status === candidate.status) return [];
  const detail = { pointer: "", primary: String(primary.status), candidate: String(candidate.status) };
  return [{ section: "status", path: "$", kind: "status", detail: () => detail }];
}

/**
 * Header or trailer fields that differ, one difference per name. Names are compared without case and in any order, the
 * lines of one name in order and joined (RFC 9110 §5.3).
 * @param method of the request: Content-Length counts for HEAD alone, elsewhere it is the body's business
 * @param context the rules that hold; undefined for none
 */
export function compareHeaderFields(
  section: Section & ("header" | "trailer"),
  a: HeaderMap,
  b: HeaderMap,
  method: string,
  context: RuleContext | undefined,
): FieldDifference[] {
  const named = new Set([...connectionOptions(a), ...connectionOptions(b)]);
  const counts = (name: string): boolean =>
    !NEVER_COUNTED.has(name) &&
    !name.startsWith("proxy-") &&
    !named.has(name) &&
    (name !== "content-length" || method === "HEAD");
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter(counts).flatMap((name) => {
    const kind = fieldKind(name, a, b);
    if (kind === undefined || isTakenAway(section, name, a, b, context)) return [];
    return [headerDifference(section, name, kind, a, b)];
  });
}

function isTakenAway(
  section: Section & ("header" | "trailer"),
  name: string,
  a: HeaderMap,
  b: HeaderMap,
  context: RuleContext | undefined,
): boolean {
  const [left, right] = [a.get(name), b.get(name)];
  if (context === undefined || left === undefined || right === undefined) return false;
  const rules = rulesEquatingFields(context.rules.ofField(section, name), left, right, name === "set-cookie");
  for (const { id } of rules) context.hit(id);
  return rules.length > 0;
}

function connectionOptions(fields: HeaderMap): string[] {
  return (joinedValue(fields, "connection") ?? "").split(",").map((option) => option.trim().toLowerCase());
}

function fieldKind(name: string, a: HeaderMap, b: HeaderMap): DifferenceKind | undefined {
  const [left, right] = [a.get(name), b.get(name)];
  if (left === undefined || right === undefined) return left === undefined ? "extra" : "missing";
  if (left.join(", ") === right.join(", ") && name !== "set-cookie") return undefined;
  const sameLines = left.length === right.length && left.toSorted().join("\n") === right.toSorted().join("\n");
  if (!sameLines) return "header";
  // Each Set-Cookie stands for itself and a server must not send two of one name (RFC 6265 §4.1.1): their order is nothing.
  return name === "set-cookie" ? undefined : "order";
}

function headerDifference(
  section: Section,
  name: string,
  kind: DifferenceKind,
  a: HeaderMap,
  b: HeaderMap,
): FieldDifference {
  const shown = (fields: HeaderMap, redactor: Redactor): string | null => {
    const values = fields.get(name);
    if (values === undefined) return null;
    return redactor.short(values.map((value) => redactor.field(name, value)).join(", "));
  };
  return {
    section,
    path: name,
    kind,
    relation: kind === "header" ? textRelation(joinedValue(a, name) ?? "", joinedValue(b, name) ?? "") : null,
    detail: (redactor) => ({ pointer: "", primary: shown(a, redactor), candidate: shown(b, redactor) }),
  };
}
