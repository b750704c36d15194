import type { Capture } from "../model/capture.ts";
import type { DifferenceKind, Section } from "../model/difference.ts";
import type { FieldDifference } from "./field-difference.ts";
import { joinedValue, type HeaderMap } from "./captured-response.ts";
import type { Redactor } from "./redact/redactor.ts";
import { textRelation } from "./relations/value-relation.ts";
import { rulesEquatingFields } from "./rules/field-rules.ts";
import type { RuleContext } from "./rules/rule-book.ts";

/** Date depends on the clock. The others belong to one connection (RFC 9110 §7.6.1) or its framing. */
const NEVER_COMPARED: ReadonlySet<string> = new Set([
  "date",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "upgrade",
  "trailer",
]);

export function compareStatus(primary: Capture, candidate: Capture): FieldDifference[] {
  if (primary.status === candidate.status) return [];
  const detail = { pointer: "", primary: String(primary.status), candidate: String(candidate.status) };
  return [{ section: "status", path: "$", kind: "status", detail: () => detail }];
}

/**
 * Compares header or trailer fields and returns one difference per name. Case and order of the names do not matter. The lines
 * of one name are joined in order (RFC 9110 §5.3).
 * @param method of the request: Content-Length counts only for HEAD, because otherwise the body itself is compared
 * @param context the active rules; undefined when there are none
 */
export function compareHeaderFields(
  section: Section & ("header" | "trailer"),
  a: HeaderMap,
  b: HeaderMap,
  method: string,
  context: RuleContext | undefined,
): FieldDifference[] {
  const hopByHop = new Set([...connectionOptions(a), ...connectionOptions(b)]);
  const isCompared = (name: string): boolean =>
    !NEVER_COMPARED.has(name) &&
    !name.startsWith("proxy-") &&
    !hopByHop.has(name) &&
    (name !== "content-length" || method === "HEAD");
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter(isCompared).flatMap((name) => {
    const kind = fieldKind(name, a, b);
    if (kind === undefined || rulesEquateField(section, name, a, b, context)) return [];
    return [headerDifference(section, name, kind, a, b)];
  });
}

function rulesEquateField(
  section: Section & ("header" | "trailer"),
  name: string,
  a: HeaderMap,
  b: HeaderMap,
  context: RuleContext | undefined,
): boolean {
  const [left, right] = [a.get(name), b.get(name)];
  if (context === undefined || left === undefined || right === undefined) return false;
  const rules = rulesEquatingFields(context.rules.ofField(section, name), left, right, name === "set-cookie");
  for (const { id } of rules) context.onHit(id);
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
  // Set-Cookie lines are independent and a server must not send two for one cookie (RFC 6265 §4.1.1): order is irrelevant.
  return name === "set-cookie" ? undefined : "order";
}

function headerDifference(
  section: Section,
  name: string,
  kind: DifferenceKind,
  a: HeaderMap,
  b: HeaderMap,
): FieldDifference {
  const render = (fields: HeaderMap, redactor: Redactor): string | null => {
    const values = fields.get(name);
    if (values === undefined) return null;
    return redactor.short(values.map((value) => redactor.field(name, value)).join(", "));
  };
  return {
    section,
    path: name,
    kind,
    relation: kind === "header" ? textRelation(joinedValue(a, name) ?? "", joinedValue(b, name) ?? "") : null,
    detail: (redactor) => ({ pointer: "", primary: render(a, redactor), candidate: render(b, redactor) }),
  };
}
