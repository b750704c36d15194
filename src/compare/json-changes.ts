import { diff, type IChange } from "json-diff-ts";
import type { BodyChange } from "../model/sample.ts";
import { ComparisonBudget } from "./tree/comparison-budget.ts";
import { treesEqual } from "./tree/tree-equality.ts";
import { isContainer, Duplicates, jsonType, type Json, type JsonObject } from "./tree/json-tree.ts";
import { escapeToken } from "./tree/tree-position.ts";

export interface ValueChanges {
  readonly changes: readonly BodyChange[];
  /** The trees are too deep or too large to examine, or there are more changes than listed. */
  readonly cut: boolean;
}

/** json-diff-ts recurses and overflows the stack beyond about 2,500 levels. */
const MAX_DEPTH = 500;
/** The time of json-diff-ts grows with the square of the number of changes. This limit keeps a page below one second. */
const MAX_VALUES = 50_000;
const MAX_CHANGES = 5_000;
const CHECK_VALUES = 5_000_000;

/**
 * Lists all changes between two JSON bodies, with arrays compared by index. Uses json-diff-ts with its default options (other
 * options treat some different values as equal). The changeset is walked here along both trees, because the flattening of the
 * library returns wrong paths.
 * @param primary from `parseJson` (exact numbers and duplicate keys) or from `JSON.parse`
 */
export function findValueChanges(primary: unknown, candidate: unknown): ValueChanges {
  const [left, right] = [primary as Json, candidate as Json];
  if (!isSmallEnough(left) || !isSmallEnough(right)) {
    const same = treesEqual(left, right, new ComparisonBudget(CHECK_VALUES));
    return { changes: same ? [] : [{ op: "replace", pointer: "" }], cut: true };
  }
  const changes = changesBetween(left, right);
  return { changes: changes.slice(0, MAX_CHANGES), cut: changes.length > MAX_CHANGES };
}

function changesBetween(left: Json, right: Json): BodyChange[] {
  const bothObjects = jsonType(left) === "object" && jsonType(right) === "object";
  const bothArrays = Array.isArray(left) && Array.isArray(right);
  const changeset = diff(left, right);
  // The library names the root `$root`, which can also be the name of a member. The types decide.
  if (bothObjects) return walk(changeset, left as JsonObject, right as JsonObject);
  if (bothArrays) return walk(changeset[0]?.changes ?? [], left, right);
  return sameValue(left, right) ? [] : [{ op: "replace", pointer: "" }];
}

type Container = Json[] | JsonObject;

function walk(root: readonly IChange[], left: Container, right: Container): BodyChange[] {
  const changes: BodyChange[] = [];
  const open = [{ changeset: root, left, right, pointer: "" }];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const [key, operations] of byKey(level.changeset)) {
      const pointer = `${level.pointer}/${escapeToken(key)}`;
      const [a, b] = [childOf(level.left, key), childOf(level.right, key)];
      const inner = operations.find(({ changes }) => changes !== undefined)?.changes;
      if (a === undefined || b === undefined) changes.push({ op: a === undefined ? "add" : "remove", pointer });
      else if (inner !== undefined)
        open.push({ changeset: inner, left: a as Container, right: b as Container, pointer });
      else if (!sameValue(a, b)) changes.push({ op: "replace", pointer });
    }
  }
  return changes;
}

/** The library reports a change of type as REMOVE and ADD of one key: together they are one replacement. */
function byKey(changeset: readonly IChange[]): Map<string, IChange[]> {
  return Map.groupBy(changeset, ({ key }) => key);
}

function childOf(container: Container, key: string): Json | undefined {
  return Object.hasOwn(container, key) ? (container as JsonObject)[key] : undefined;
}

/** The library reports any two `ExactNumber` or `Duplicates` objects as different, even equal ones. */
function sameValue(left: Json, right: Json): boolean {
  return treesEqual(left, right, new ComparisonBudget(CHECK_VALUES));
}

/** Whether a tree is shallow and small enough for a library that recurses. */
function isSmallEnough(root: Json): boolean {
  const open: { value: Json; depth: number }[] = [{ value: root, depth: 0 }];
  let values = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.depth > MAX_DEPTH) return false;
    if (!isContainer(at.value)) continue;
    const children = at.value instanceof Duplicates ? at.value.values : Object.values(at.value);
    values += children.length;
    if (values > MAX_VALUES) return false;
    for (const value of children) if (isContainer(value)) open.push({ value, depth: at.depth + 1 });
  }
  return true;
}
