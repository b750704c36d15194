import { jsonType, type JsonObject } from "./json-tree.ts";

/** An object of more members whose values are all of one type is a table of data, not a record with named members. */
const MOST_NAMES = 50;
const DATA: readonly RegExp[] = [
  /^-?\d+$/,
  /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i,
  /^(?=.*\d)[0-9a-f]{16,}$/i,
  /^\d{4}-\d{2}(?:-\d{2}(?:[T ][\d:.,]+(?:Z|[+-][\d:]+)?)?)?$/i,
];

/** Whether a key is data by its form: an integer, a UUID, a long hexadecimal number, a date. */
export function isDataKey(key: string): boolean {
  const first = key.charCodeAt(0);
  // Nearly all keys begin with a letter beyond f: no expression is tried on them.
  const mayBe = first <= 0x39 || (first | 0x20) <= 0x66 || first === 0x7b;
  return mayBe && DATA.some((pattern) => pattern.test(key));
}

/**
 * Whether the keys of an object are data by their number. Told from one object alone, so that one and the same place is
 * called the same in every exchange, on every thread, and when a sample is compared again.
 */
export function hasDataKeys(object: JsonObject): boolean {
  const keys = Object.keys(object);
  if (keys.length <= MOST_NAMES) return false;
  const type = jsonType(object[keys[0] ?? ""] ?? null);
  return keys.every((key) => jsonType(object[key] ?? null) === type);
}
