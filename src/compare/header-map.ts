import type { RawHeaders } from "../model/capture.ts";

/** Field values by lower-case name, in the order received. */
export type HeaderMap = ReadonlyMap<string, readonly string[]>;

export function createHeaderMap(raw: RawHeaders): HeaderMap {
  const fields = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    const value = (raw[at + 1] ?? "").trim();
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return fields;
}

/** All lines of one name as one value (RFC 9110 §5.3), or undefined when there is none. */
export function joinedValue(fields: HeaderMap, name: string): string | undefined {
  return fields.get(name)?.join(", ");
}
