import type { ClearPart } from "./clear-part.ts";

/** Values of header fields that ask for nothing in particular. */
const NEUTRAL_FIELDS: ReadonlyMap<string, string> = new Map([
  ["accept", "*/*"],
  ["accept-charset", "*"],
  ["accept-encoding", "identity"],
  ["accept-language", "*"],
  ["content-type", "application/octet-stream"],
]);
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/**
 * A value that says as little as possible and has the type of the original one, so that a version does not refuse the request.
 * @returns undefined if the value is neutral already, or a part that only contains others
 */
export function neutralValue({ kind, name, value }: ClearPart): string | undefined {
  const neutral = kind === "header" ? (NEUTRAL_FIELDS.get(name) ?? plainValue(value)) : plainValue(value);
  if (kind !== "body") return neutral === value ? undefined : neutral;
  if (/^\s*[{[]/.test(value)) return undefined;
  const written = value.startsWith('"') ? '"x"' : value === "null" ? "null" : neutral;
  return written === value ? undefined : written;
}

function plainValue(value: string): string {
  if (value === "true") return "false";
  if (value === "false") return "true";
  if (NUMBER.test(value)) return value === "1" ? "2" : "1";
  return "x";
}
