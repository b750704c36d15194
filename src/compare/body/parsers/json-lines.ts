import { parseJson, type Json } from "../../tree/json-tree.ts";

/** Begins each text of a JSON sequence. */
const RECORD_SEPARATOR = "\u001E";

/**
 * NDJSON, JSON Lines and JSON text sequences (RFC 7464) as an array of values; blank lines are nothing.
 * @returns undefined when one of them is no JSON
 */
export function parseJsonLines(text: string): Json[] | undefined {
  const values: Json[] = [];
  // In a sequence a text may run over several lines.
  for (const part of text.split(text.includes(RECORD_SEPARATOR) ? RECORD_SEPARATOR : "\n")) {
    if (part.trim() === "") continue;
    const parsed = parseJson(part);
    if (parsed === undefined) return undefined;
    values.push(parsed.value);
  }
  return values;
}
