import { jsonType, type JsonObject } from "../json-tree.ts";

/** An object with more members, all values of one type, is a table of data and not a record with named members. */
const MAX_NAMED_MEMBERS = 50;
const DATA_KEYS: readonly RegExp[] = [
  /^-?\d+$/,
  /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i,
  /^(?=.*\d)[0-9a-f]{16,}$/i,
  /^\d{4}-\d{2}(?:-\d{2}(?:[T ][\d:.,]+(?:Z|[+-][\d:]+)?)?)?$/i,
];

/** Whether a key has the form of data: an integer, a UUID, a long hexadecimal number or a date. */
export function isDataKey(key: string): boolean {
  const first = key.charCodeAt(0);
  // Skips the expressions for most keys, which start with a letter after f.
  const isPossible = first <= 0x39 || (first | 0x20) <= 0x66 || first === 0x7b;
  return isPossible && DATA_KEYS.some((pattern) => pattern.test(key));
}

/**
 * Whether the keys of an object are data, judged by their number. Depends on one object only, so that a field has the same
 * path in every exchange, on every thread and when a sample is compared again.
 */
export function hasDataKeys(object: JsonObject): boolean {
  const keys = Object.keys(object);
  if (keys.length <= MAX_NAMED_MEMBERS) return false;
  const type = jsonType(object[keys[0] ?? ""] ?? null);
  return keys.every((key) => jsonType(object[key] ?? null) === type);
}
