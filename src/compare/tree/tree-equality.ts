import type { ComparisonBudget } from "./comparison-budget.ts";
import { Duplicates, isContainer, sameScalar, type Json, type JsonObject } from "./json-tree.ts";

/**
 * Whether two trees are equal, without recursion. Array order counts, member order does not.
 * @returns false also when the budget is exhausted
 */
export function treesEqual(left: Json, right: Json, budget: ComparisonBudget): boolean {
  if (!isContainer(left) || !isContainer(right)) return sameScalar(left, right);
  const stack: Json[] = [left, right];
  while (stack.length > 0) {
    const b = stack.pop() as Json;
    const a = stack.pop() as Json;
    if (!budget.take(1) || !compareChildren(a, b, stack, budget)) return false;
  }
  return true;
}

/**
 * Compares two containers except for nested containers, which are pushed to the stack in pairs.
 * @returns false when type, keys, length or a scalar differ
 */
function compareChildren(a: Json, b: Json, stack: Json[], budget: ComparisonBudget): boolean {
  if (a instanceof Duplicates || b instanceof Duplicates) {
    return a instanceof Duplicates && b instanceof Duplicates && compareChildren(a.values, b.values, stack, budget);
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index += 1) {
      if (!isEqualOrPushed(a[index] as Json, b[index] as Json, stack)) return false;
    }
    return true;
  }
  const [x, y] = [a as JsonObject, b as JsonObject];
  let members = 0;
  // The prototypes of trees have no enumerable members, and a key list per object would take a third of the time.
  for (const key in x) {
    members += 1;
    if (!budget.take(1) || !Object.hasOwn(y, key) || !isEqualOrPushed(x[key] as Json, y[key] as Json, stack))
      return false;
  }
  return members === Object.keys(y).length;
}

function isEqualOrPushed(a: Json, b: Json, stack: Json[]): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  if (!isContainer(a) || !isContainer(b)) return sameScalar(a, b);
  stack.push(a, b);
  return true;
}
