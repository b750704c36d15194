import { ExactNumber } from "./exact-number.ts";

/** All values that one object gives to one key, in order. A plain parser keeps the last and hides the others. */
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

/** The kind of a value in the words of RFC 8259; a number is one type however it is kept. */
export function jsonType(value: Json): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (value instanceof ExactNumber) return "number";
  if (value instanceof Duplicates) return "duplicates";
  return typeof value as "boolean" | "number" | "string" | "object";
}

/** Whether two values that are no containers are equal. */
export function sameScalar(left: Json, right: Json): boolean {
  if (left === right) return true;
  return left instanceof ExactNumber && right instanceof ExactNumber && left.canonical === right.canonical;
}

/** Whether a value holds other values. */
export function isContainer(value: Json): value is Json[] | JsonObject | Duplicates {
  const type = jsonType(value);
  return type === "array" || type === "object" || type === "duplicates";
}
