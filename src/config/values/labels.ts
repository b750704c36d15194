import { MAX_LABEL_CHARS, MAX_LABELS } from "../defaults.ts";
import { shown, type Parsed, type ValueType } from "./value-type.ts";

export const LABEL_KEY = /^[A-Za-z0-9][\w.-]{0,62}$/;

const ALLOWED = "key=value, the key of letters, digits, dot, dash and underscore; in YAML a mapping";

/** What tells one run from others: a mapping in YAML, `key=value` in a flag, several with commas in a variable. */
export const labels: ValueType<Readonly<Record<string, string>>> = {
  placeholder: "key=value",
  allowed: ALLOWED,
  json: { type: "object", additionalProperties: { type: ["string", "number", "boolean"] }, maxProperties: MAX_LABELS },
  parse(value) {
    if (typeof value === "string") return fromPairs(value.split(","));
    if (Array.isArray(value)) return fromPairs(value);
    if (typeof value !== "object" || value === null) return { problem: `${shown(value)} is no mapping` };
    return fromEntries(Object.entries(value));
  },
};

function fromPairs(pairs: readonly unknown[]): Parsed<Readonly<Record<string, string>>> {
  const entries: [string, string][] = [];
  for (const pair of pairs) {
    const [, key, text] = /^\s*([^=]+?)\s*=(.*)$/s.exec(String(pair)) ?? [];
    if (key === undefined || text === undefined) return { problem: `${shown(pair)} is no key=value` };
    entries.push([key, text]);
  }
  return fromEntries(entries);
}

function fromEntries(entries: readonly [string, unknown][]): Parsed<Readonly<Record<string, string>>> {
  if (entries.length > MAX_LABELS)
    return { problem: `${entries.length} labels are too many; ${MAX_LABELS} are allowed` };
  for (const [key, text] of entries) {
    if (!LABEL_KEY.test(key)) return { problem: `${shown(key)} is no key` };
    if (typeof text !== "string" && typeof text !== "number" && typeof text !== "boolean") {
      return { problem: `${key} is no text` };
    }
    if (String(text).length > MAX_LABEL_CHARS)
      return { problem: `${key} is longer than ${MAX_LABEL_CHARS} characters` };
  }
  return { value: Object.fromEntries(entries.map(([key, text]) => [key, String(text).trim()])) };
}
