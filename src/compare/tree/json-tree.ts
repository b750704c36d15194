import { ExactNumber } from "./exact-number.ts";

/** All values of a key that an object repeats, in order. `JSON.parse` would keep only the last one. */
export class Duplicates {
  readonly values: Json[];

  constructor(values: Json[]) {
    this.values = values;
  }

  get [Symbol.toStringTag](): string {
    return "Duplicates";
  }
}

export type JsonObject = { [key: string]: Json };
export type Json = null | boolean | number | string | ExactNumber | Duplicates | Json[] | JsonObject;
export type JsonType = "null" | "boolean" | "number" | "string" | "array" | "object" | "duplicates";

/** The type of a value as RFC 8259 names it. An exact number is a number. */
export function jsonType(value: Json): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (value instanceof ExactNumber) return "number";
  if (value instanceof Duplicates) return "duplicates";
  return typeof value as "boolean" | "number" | "string" | "object";
}

/** Whether two scalars are equal. */
export function sameScalar(left: Json, right: Json): boolean {
  if (left === right) return true;
  return left instanceof ExactNumber && right instanceof ExactNumber && left.canonical === right.canonical;
}

/** Whether a value contains other values. */
export function isContainer(value: Json): value is Json[] | JsonObject | Duplicates {
  const type = jsonType(value);
  return type === "array" || type === "object" || type === "duplicates";
}

/** A string as JSON writes it, any other value as it is: in a tree that also holds text that is not JSON. */
export function quotedString(value: Json): Json {
  return typeof value === "string" ? JSON.stringify(value) : value;
}
