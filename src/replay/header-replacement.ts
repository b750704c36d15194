import { headerName, headerValue } from "../config/values/http-texts.ts";
import type { Parsed } from "../config/values/value-type.ts";
import { compileHeaderChange, type HeaderChange } from "../http/header-operations.ts";
import { quoted } from "./quoted.ts";

const FIELD = /^([^:]*):(.*)$/s;

/**
 * Parses what replaces recorded headers: values that have expired, such as credentials, or that belong to another environment.
 * @param set `Name: value`; replaces the header or adds it
 * @param remove names
 */
export function parseHeaderReplacement(set: readonly string[], remove: readonly string[]): Parsed<HeaderChange> {
  const fields: [string, string][] = [];
  for (const text of set) {
    const [, name = "", value = ""] = FIELD.exec(text) ?? [];
    const parsed = { name: headerName.parse(name.trim()), value: headerValue.parse(value.trim()) };
    if ("problem" in parsed.name || "problem" in parsed.value) {
      return { problem: `${quoted(text)} is not a header (write Name: value)` };
    }
    fields.push([parsed.name.value, parsed.value.value]);
  }
  const wrong = remove.find((name) => "problem" in headerName.parse(name));
  if (wrong !== undefined) return { problem: `${quoted(wrong)} is not a header name` };
  return { value: compileHeaderChange({ set: fields, add: [], remove: [...remove] }) ?? ((headers) => headers) };
}
