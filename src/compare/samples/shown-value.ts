import type { ResponseBody } from "../response-body.ts";
import { Duplicates, type Json } from "../tree/json-tree.ts";
import type { Redactor } from "../redact/body-redactor.ts";

/**
 * What stands for a value of a tree where it is shown to a person.
 * @param way members and indexes from the root of that side's tree
 */
export type Shown = (side: "primary" | "candidate", way: readonly (string | number)[], redactor: Redactor) => Json;

const NOT_SHOWN = "(not shown)";

/** @returns undefined when values may be shown as they are, by what their keys say */
export function shownFrom(primary: ResponseBody, candidate: ResponseBody): Shown | undefined {
  if (!primary.isMaskedAsText && !candidate.isMaskedAsText) return undefined;
  /** For one redactor: there is one for each sample. */
  const known = new WeakMap<Redactor, Map<ResponseBody, Json | undefined>>();
  return (side, way, redactor) => {
    const body = side === "primary" ? primary : candidate;
    const trees = known.get(redactor) ?? new Map<ResponseBody, Json | undefined>();
    known.set(redactor, trees);
    if (!trees.has(body)) {
      const masked = body.masked(redactor);
      trees.set(body, masked?.form === "tree" ? masked.value : undefined);
    }
    const value = valueAt(trees.get(body), way);
    if (value === undefined) return NOT_SHOWN;
    // Stands for an element within a text.
    return typeof value === "string" ? value.replaceAll("\u0000", "⟨⟩") : value;
  };
}

function valueAt(root: Json | undefined, way: readonly (string | number)[]): Json | undefined {
  let value = root;
  for (const key of way) {
    // A way does not tell which of them.
    if (value instanceof Duplicates) return value;
    if (typeof value !== "object" || value === null) return undefined;
    if (!Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, Json>)[key];
  }
  return value;
}
