import { Duplicates, type Json, type JsonObject } from "../../tree/json-tree.ts";

/** Names that may stand in a path; others may be anything, also a secret, and stand below `$odd`. */
const PLAIN = /^[\p{L}_][\p{L}\p{N}_.:[\]-]{0,99}$/u;

export function isPlainName(name: string): boolean {
  return PLAIN.test(name);
}

/** Without a prototype, `__proto__` is a key like any other. */
export function emptyObject(): JsonObject {
  return Object.create(null) as JsonObject;
}

/** Adds a member; a name that is there already has several values from now on, in order. */
export function addMember(object: JsonObject, name: string, value: Json): void {
  const before = object[name];
  if (before === undefined) object[name] = value;
  else if (before instanceof Duplicates) before.values.push(value);
  else object[name] = new Duplicates([before, value]);
}

/** Adds an element to the list of that name; what stands there alone becomes the first of it. */
export function addElement(object: JsonObject, name: string, value: Json): void {
  const before = object[name];
  if (Array.isArray(before)) before.push(value);
  else object[name] = before === undefined ? [value] : [before, value];
}
