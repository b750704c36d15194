import { Duplicates, type Json } from "../tree/json-tree.ts";
import type { Redactor } from "../redact/body-redactor.ts";
import type { ResponseBody } from "../response-body.ts";

/**
 * Looks up the masked value at a position of a tree.
 * @param keys member names and array indexes from the root of that side's tree
 */
export type MaskedLookup = (
  side: "primary" | "candidate",
  keys: readonly (string | number)[],
  redactor: Redactor,
) => Json;

const NOT_SHOWN = "(not shown)";

/** @returns undefined when values can be shown as parsed, masked by their keys only */
export function createMaskedLookup(primary: ResponseBody, candidate: ResponseBody): MaskedLookup | undefined {
  if (!primary.isMaskedAsText && !candidate.isMaskedAsText) return undefined;
  /** Cached per redactor, because each sample has its own. */
  const cache = new WeakMap<Redactor, Map<ResponseBody, Json | undefined>>();
  return (side, keys, redactor) => {
    const body = side === "primary" ? primary : candidate;
    const trees = cache.get(redactor) ?? new Map<ResponseBody, Json | undefined>();
    cache.set(redactor, trees);
    if (!trees.has(body)) {
      const masked = body.masked(redactor);
      trees.set(body, masked?.form === "tree" ? masked.value : undefined);
    }
    const value = valueAt(trees.get(body), keys);
    if (value === undefined) return NOT_SHOWN;
    // The placeholder of a child element in a text.
    return typeof value === "string" ? value.replaceAll("\u0000", "⟨⟩") : value;
  };
}

function valueAt(root: Json | undefined, keys: readonly (string | number)[]): Json | undefined {
  let value = root;
  for (const key of keys) {
    // The keys do not say which of the duplicates is meant.
    if (value instanceof Duplicates) return value;
    if (typeof value !== "object" || value === null) return undefined;
    if (!Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, Json>)[key];
  }
  return value;
}
