import { type Capture, INTERIM_STATUS, type RawHeaders } from "../model/capture.ts";
import { createHeaderMap } from "./captured-response.ts";
import { compareHeaderFields } from "./compare-head.ts";
import type { ComparisonContext } from "./comparison-context.ts";
import type { FieldDifference } from "./field-difference.ts";

/** An interim response has no body. */
const MESSAGE = { method: "", target: "", hasSameBody: true };
const SENT = "sent";

/**
 * Compares interim responses (RFC 9110 §15.2): one difference per status that only one side has sent, and one per field of a
 * status that both have sent. Several responses with one status are compared as one.
 */
export function compareInterims(
  { interims: left }: Pick<Capture, "interims">,
  { interims: right }: Pick<Capture, "interims">,
  context: ComparisonContext | undefined,
): FieldDifference[] {
  if (left === right || (left.length === 0 && right.length === 0)) return [];
  const [primary, candidate] = [fieldsByStatus(left), fieldsByStatus(right)];
  return [...new Set([...primary.keys(), ...candidate.keys()])].flatMap((status) => {
    const [a, b] = [primary.get(status), candidate.get(status)];
    if (a === undefined || b === undefined) return [presenceDifference(status, a !== undefined)];
    return compareHeaderFields("header", createHeaderMap(a), createHeaderMap(b), MESSAGE, context).map(
      (difference): FieldDifference => ({ ...difference, path: `${interimPath(status)} ${difference.path}` }),
    );
  });
}

/** No field name has parentheses. */
function interimPath(status: string): string {
  return `(${status})`;
}

function presenceDifference(status: string, isPrimary: boolean): FieldDifference {
  const [primary, candidate] = isPrimary ? [SENT, null] : [null, SENT];
  return {
    section: "header",
    path: interimPath(status),
    kind: isPrimary ? "missing" : "extra",
    relation: null,
    detail: () => ({ pointer: "", primary, candidate }),
  };
}

function fieldsByStatus(interims: RawHeaders): ReadonlyMap<string, RawHeaders> {
  const byStatus = new Map<string, string[]>();
  let fields: string[] = [];
  for (let index = 0; index < interims.length; index += 2) {
    const [name = "", value = ""] = [interims[index], interims[index + 1]];
    if (name !== INTERIM_STATUS) {
      fields.push(name, value);
      continue;
    }
    fields = byStatus.get(value) ?? [];
    byStatus.set(value, fields);
  }
  return byStatus;
}
