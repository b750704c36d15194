import type { Budget } from "./budget.ts";
import { Duplicates, jsonType, sameScalar, type Json, type JsonObject } from "./json.ts";

/**
 * Whether two trees are equal: member order aside, array order counts. Without recursion.
 * @returns false also when the budget runs out, which the budget then tells
 */
export function equal(left: Json, right: Json, budget: Budget): boolean {
  if (!isContainer(left) || !isContainer(right)) return sameScalar(left, right);
  const open: Json[] = [left, right];
  while (open.length > 0) {
    const b = open.pop() as Json;
    const a = open.pop() as Json;
    if (!budget.take(1)) return false;
    if (!isContainer(a) || !isContainer(b)) {
      if (!sameScalar(a, b)) return false;
    } else if (jsonType(a) !== jsonType(b) || !pushChildren(a, b, open)) return false;
  }
  return true;
}

export function isContainer(value: Json): value is Json[] | JsonObject | Duplicates {
  const type = jsonType(value);
  return type === "array" || type === "object" || type === "duplicates";
}

/** @returns whether both have the same keys or length; if so, their children are put on the stack in pairs */
function pushChildren(a: Json, b: Json, open: Json[]): boolean {
  if (a instanceof Duplicates && b instanceof Duplicates) return pushChildren(a.values, b.values, open);
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    for (let index = 0; index < a.length; index += 1) {
      const [x, y] = [a[index] as Json, b[index] as Json];
      if (isContainer(x) && isContainer(y)) open.push(x, y);
      else if (!sameScalar(x, y)) return false;
    }
    return true;
  }
  const [x, y] = [a as JsonObject, b as JsonObject];
  const keys = Object.keys(x);
  if (keys.length !== Object.keys(y).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(y, key)) return false;
    open.push(x[key] as Json, y[key] as Json);
  }
  return true;
}
