import { headerName, headerValue } from "../config/values/http-texts.ts";
import type { Parsed } from "../config/values/value-type.ts";
import type { HeaderOperations } from "../model/routing.ts";
import { quoted } from "./quoted.ts";

const FIELD = /^([^:]*):(.*)$/s;

/** Parses headers to set: values that have expired, such as credentials, or that belong to another environment. */
export function parseSetHeaders(texts: readonly string[]): Parsed<HeaderOperations["set"]> {
  const fields: [string, string][] = [];
  for (const text of texts) {
    const [, name = "", value = ""] = FIELD.exec(text) ?? [];
    const parsed = { name: headerName.parse(name.trim()), value: headerValue.parse(value.trim()) };
    if ("problem" in parsed.name || "problem" in parsed.value) {
      return { problem: `${quoted(text)} is not a header (write Name: value)` };
    }
    fields.push([parsed.name.value, parsed.value.value]);
  }
  return { value: fields };
}

/** Parses names of headers to remove. */
export function parseRemovedHeaders(names: readonly string[]): Parsed<HeaderOperations["remove"]> {
  const wrong = names.find((name) => "problem" in headerName.parse(name));
  return wrong === undefined ? { value: names } : { problem: `${quoted(wrong)} is not a header name` };
}
