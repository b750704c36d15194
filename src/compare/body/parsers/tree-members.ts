import { Duplicates, type Json, type JsonObject } from "../../tree/json-tree.ts";

const PlainObject = function PlainObject() {} as unknown as new () => JsonObject;
PlainObject.prototype = Object.create(null);

/** Names that can appear in a field path. Other names can be anything, even a secret, and go to `$odd`. */
const PLAIN = /^[\p{L}_][\p{L}\p{N}_.:[\]-]{0,99}$/u;

export function isPlainName(name: string): boolean {
  return PLAIN.test(name);
}

/**
 * An object without members of its own or inherited, so `__proto__` is a key like any other. V8 lays it out like a literal:
 * one from `Object.create(null)` is a hash table, which takes four times the memory.
 */
export function emptyObject(): JsonObject {
  return new PlainObject();
}

/** Adds a member. A repeated name collects its values in order, as `Duplicates`. */
export function addMember(object: JsonObject, name: string, value: Json): void {
  const before = object[name];
  if (before === undefined) object[name] = value;
  else if (before instanceof Duplicates) before.values.push(value);
  else object[name] = new Duplicates([before, value]);
}

/** Appends to the list of that name. An existing single value becomes the first element. */
export function addElement(object: JsonObject, name: string, value: Json): void {
  const before = object[name];
  if (Array.isArray(before)) before.push(value);
  else object[name] = before === undefined ? [value] : [before, value];
}
