import type { BodySyntax } from "../body/media-types.ts";
import { maskedValueAt } from "../redact/mask-json.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { ResponseBody } from "../response-body.ts";
import { Duplicates, type Json } from "../tree/json-tree.ts";

/**
 * Masks the value at a position of a tree.
 * @param keys member names and array indexes from the root of that side's tree
 */
export type MaskedLookup = (
  side: "primary" | "candidate",
  keys: readonly (string | number)[],
  value: Json,
  redactor: Redactor,
) => Json;

const NOT_SHOWN = "(not shown)";
/** Syntaxes whose tree has all names: a value is masked without a masked copy of its tree. */
const MASKED_BY_VALUE: ReadonlySet<BodySyntax> = new Set([
  "json",
  "json-lines",
  "events",
  "protobuf",
  "grpc",
  "grpc-json",
]);

export function createMaskedLookup(primary: ResponseBody, candidate: ResponseBody): MaskedLookup {
  return (side, keys, value, redactor) => {
    const body = side === "primary" ? primary : candidate;
    const masked = maskedValue(body, keys, value, redactor) ?? NOT_SHOWN;
    // The placeholder of a child in a text, and what marks references and literal texts.
    return typeof masked === "string" ? masked.replaceAll("\u0000", "⟨⟩").replaceAll("\uFFFF", "") : masked;
  };
}

function maskedValue(
  body: ResponseBody,
  keys: readonly (string | number)[],
  value: Json,
  redactor: Redactor,
): Json | undefined {
  const { parsed } = body;
  if (parsed?.form === "tree" && MASKED_BY_VALUE.has(parsed.syntax)) {
    return maskedValueAt(parsed.value, keys, value, redactor);
  }
  const masked = body.masked(redactor);
  return masked?.form === "tree" ? valueAt(masked.value, keys) : undefined;
}

function valueAt(root: Json, keys: readonly (string | number)[]): Json | undefined {
  let value = root;
  for (const key of keys) {
    // The keys do not say which of the duplicates is meant.
    if (value instanceof Duplicates) return value;
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, Json>)[key] as Json;
  }
  return value;
}
