import type { Capture } from "../model/capture.ts";
import type { DifferenceKind, Section } from "../model/difference.ts";
import type { Finding } from "./finding.ts";
import { fieldValue, type Fields } from "./headers.ts";
import type { Redactor } from "./redactor.ts";

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

/** Status as one finding, or none. */
export function statusFindings(primary: Capture, candidate: Capture): Finding[] {
  if (primary.status === candidate.status) return [];
  const detail = { pointer: "", primary: String(primary.status), candidate: String(candidate.status) };
  return [{ section: "status", path: "$", kind: "status", detail: () => detail }];
}

/**
 * Header or trailer fields that differ, one finding per name. Names are compared without case and in any order, the
 * lines of one name in order and joined (RFC 9110 §5.3).
 * @param method of the request: Content-Length counts for HEAD alone, elsewhere it is the body's business
 */
export function fieldFindings(
  section: Section & ("header" | "trailer"),
  a: Fields,
  b: Fields,
  method: string,
): Finding[] {
  const named = new Set([...connectionOptions(a), ...connectionOptions(b)]);
  const counts = (name: string): boolean =>
    !NEVER_COUNTED.has(name) &&
    !name.startsWith("proxy-") &&
    !named.has(name) &&
    (name !== "content-length" || method === "HEAD");
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter(counts).flatMap((name) => {
    const kind = fieldKind(name, a, b);
    return kind === undefined ? [] : [fieldFinding(section, name, kind, a, b)];
  });
}

function connectionOptions(fields: Fields): string[] {
  return (fieldValue(fields, "connection") ?? "").split(",").map((option) => option.trim().toLowerCase());
}

function fieldKind(name: string, a: Fields, b: Fields): DifferenceKind | undefined {
  const [left, right] = [a.get(name), b.get(name)];
  if (left === undefined || right === undefined) return left === undefined ? "extra" : "missing";
  if (left.join(", ") === right.join(", ") && name !== "set-cookie") return undefined;
  const sameLines = left.length === right.length && left.toSorted().join("\n") === right.toSorted().join("\n");
  if (!sameLines) return "header";
  // Each Set-Cookie stands for itself and a server must not send two of one name (RFC 6265 §4.1.1): their order is nothing.
  return name === "set-cookie" ? undefined : "order";
}

function fieldFinding(section: Section, name: string, kind: DifferenceKind, a: Fields, b: Fields): Finding {
  const shown = (fields: Fields, redactor: Redactor): string | null => {
    const values = fields.get(name);
    if (values === undefined) return null;
    return redactor.short(values.map((value) => redactor.field(name, value)).join(", "));
  };
  return {
    section,
    path: name,
    kind,
    detail: (redactor) => ({ pointer: "", primary: shown(a, redactor), candidate: shown(b, redactor) }),
  };
}
