import type { ComparisonBudget } from "./comparison-budget.ts";
import { Duplicates, isContainer, sameScalar, type Json, type JsonObject } from "./json-tree.ts";

/**
 * Whether two trees are equal: member order aside, array order counts. Without recursion.
 * @returns false also when the budget runs out, which the budget then tells
 */
export function treesEqual(left: Json, right: Json, budget: ComparisonBudget): boolean {
  if (!isContainer(left) || !isContainer(right)) return sameScalar(left, right);
  const open: Json[] = [left, right];
  while (open.length > 0) {
    const b = open.pop() as Json;
    const a = open.pop() as Json;
    if (!budget.take(1) || !openChildren(a, b, open, budget)) return false;
  }
  return true;
}

/**
 * @returns whether two containers are of one type, with the same keys or length, and equal in what they hold that is none; the
 * containers in them are put on the stack in pairs
 */
function openChildren(a: Json, b: Json, open: Json[], budget: ComparisonBudget): boolean {
  if (a instanceof Duplicates || b instanceof Duplicates) {
    return a instanceof Duplicates && b instanceof Duplicates && openChildren(a.values, b.values, open, budget);
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index += 1) {
      if (!isSameOrOpened(a[index] as Json, b[index] as Json, open)) return false;
    }
    return true;
  }
  const [x, y] = [a as JsonObject, b as JsonObject];
  let members = 0;
  // Trees have no prototypes with members, and a list of keys for each object would be a third of the time.
  for (const key in x) {
    members += 1;
    if (!budget.take(1) || !Object.hasOwn(y, key) || !isSameOrOpened(x[key] as Json, y[key] as Json, open))
      return false;
  }
  return members === Object.keys(y).length;
}

function isSameOrOpened(a: Json, b: Json, open: Json[]): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  if (!isContainer(a) || !isContainer(b)) return sameScalar(a, b);
  open.push(a, b);
  return true;
}
