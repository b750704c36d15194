import { MAX_LABEL_CHARS, MAX_LABELS } from "../defaults.ts";
import { describeValue, type Parsed, type ValueType } from "./value-type.ts";

export const LABEL_KEY = /^[A-Za-z0-9][\w.-]{0,62}$/;

/** Labels of a run: a mapping in YAML, `key=value` in a flag, comma-separated pairs in an environment variable. */
export const labels: ValueType<Readonly<Record<string, string>>> = {
  placeholder: "key=value",
  allowed: "key=value, where the key has letters, digits, dots, dashes and underscores; a mapping in YAML",
  json: { type: "object", additionalProperties: { type: ["string", "number", "boolean"] }, maxProperties: MAX_LABELS },
  parse(value) {
    if (typeof value === "string") return parsePairs(value.split(","));
    if (Array.isArray(value)) return parsePairs(value);
    if (typeof value !== "object" || value === null) return { problem: `${describeValue(value)} is not a mapping` };
    return parseEntries(Object.entries(value));
  },
};

function parsePairs(pairs: readonly unknown[]): Parsed<Readonly<Record<string, string>>> {
  const entries: [string, string][] = [];
  for (const pair of pairs) {
    const [, key, text] = /^\s*([^=]+?)\s*=(.*)$/s.exec(String(pair)) ?? [];
    if (key === undefined || text === undefined) return { problem: `${describeValue(pair)} is not key=value` };
    entries.push([key, text]);
  }
  return parseEntries(entries);
}

function parseEntries(entries: readonly [string, unknown][]): Parsed<Readonly<Record<string, string>>> {
  if (entries.length > MAX_LABELS) return { problem: `${entries.length} labels exceed the limit of ${MAX_LABELS}` };
  for (const [key, text] of entries) {
    if (!LABEL_KEY.test(key)) return { problem: `${describeValue(key)} is not a valid key` };
    if (typeof text !== "string" && typeof text !== "number" && typeof text !== "boolean") {
      return { problem: `the value of ${key} is not text` };
    }
    if (String(text).length > MAX_LABEL_CHARS) {
      return { problem: `the value of ${key} is longer than ${MAX_LABEL_CHARS} characters` };
    }
  }
  return { value: Object.fromEntries(entries.map(([key, text]) => [key, String(text).trim()])) };
}
