import type { ResponseBody } from "../compare-body.ts";
import { Duplicates, type Json } from "../tree/json-tree.ts";
import type { BodySyntax } from "../body/body-syntax.ts";
import type { Redactor } from "../redact/body-redactor.ts";

/**
 * What stands for a value of a tree where it is shown to a person.
 * @param way members and indexes from the root of that side's tree
 */
export type Shown = (side: "primary" | "candidate", way: readonly (string | number)[], redactor: Redactor) => Json;

/** Written so that a neighbour may say that a value is a secret: what is shown of them comes from the masked text. */
const MASKED_AS_TEXT: ReadonlySet<BodySyntax> = new Set(["html", "xml", "form", "table", "multipart"]);
const NOT_SHOWN = "(not shown)";

/** @returns undefined when values may be shown as they are, by what their keys say */
export function shownFrom(primary: ResponseBody, candidate: ResponseBody): Shown | undefined {
  if (!isMaskedAsText(primary) && !isMaskedAsText(candidate)) return undefined;
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

export function isMaskedAsText({ lifted }: ResponseBody): boolean {
  return lifted?.form === "tree" && MASKED_AS_TEXT.has(lifted.syntax);
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
