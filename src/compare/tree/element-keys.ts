import type { ComparisonBudget } from "./comparison-budget.ts";
import { ExactNumber } from "./exact-number.ts";
import { jsonType, type Json, type JsonObject } from "./json-tree.ts";

/** The key of each element of two arrays; undefined for an element without a unique key. */
export interface ElementKeys {
  readonly left: readonly (string | number | undefined)[];
  readonly right: readonly (string | number | undefined)[];
}

/** A member is a key only if this share of the values in the shorter array occurs in the other array. */
const MIN_OVERLAP = 0.95;
/** Limit on the members of the first element that are tried. */
const MAX_TRIED = 8;
/** Typical names of keys, the most reliable first. */
const KEY_NAMES: readonly RegExp[] = [
  /^_?id$/i,
  /^(?:uuid|guid|key)$/i,
  /(?:[_-]id|Id|ID|[Uu]uid|Key)$/,
  /^(?:code|sku|slug|name)$/i,
];

/**
 * Keys from the members that a rule names. A key that is repeated on one side or incomplete does not count.
 * @param by dotted paths below an element
 */
export function configuredKeys(left: readonly Json[], right: readonly Json[], by: readonly string[]): ElementKeys {
  const paths = by.map((path) => path.split("."));
  const keyOf = (element: Json): string | undefined => {
    const parts = paths.map((path) => keyPart(path.reduce<Json | undefined>(member, element)));
    return parts.includes(undefined) ? undefined : JSON.stringify(parts);
  };
  const [a, b] = [left.map(keyOf), right.map(keyOf)];
  const duplicates = new Set([...repeated(a), ...repeated(b)]);
  const ifUnique = (key: string | undefined): string | undefined =>
    key === undefined || duplicates.has(key) ? undefined : key;
  return { left: a.map(ifUnique), right: b.map(ifUnique) };
}

/**
 * Keys from a member that all elements have. All elements must be objects, the values must be unique scalars on each side, and
 * nearly all of them must occur on both sides. Among several such members the most reliable name wins, then the first in
 * alphabetical order.
 * @returns undefined when there is no such member; the same list for both sides when all partners are at the same index
 */
export function inferredKeys(
  left: readonly Json[],
  right: readonly Json[],
  budget: ComparisonBudget,
): ElementKeys | undefined {
  const [first] = left;
  if (left.length < 2 || right.length < 2 || !isObject(first)) return undefined;
  const names = Object.keys(first).filter((name) => keyPart(first[name]) !== undefined);
  const ranked = names.map((name) => ({ name, rank: rankOf(name) })).toSorted(byRank);
  for (const { name } of ranked.slice(0, MAX_TRIED)) {
    const a = uniqueKeys(left, name, budget);
    if (a === undefined) continue;
    if (a.size === right.length && haveKeys(right, name, a, budget)) {
      const keys = [...a];
      return { left: keys, right: keys };
    }
    const b = uniqueKeys(right, name, budget);
    if (b === undefined) continue;
    const [fewer, more] = a.size <= b.size ? [a, b] : [b, a];
    let shared = 0;
    for (const key of fewer) if (more.has(key)) shared += 1;
    if (shared >= MIN_OVERLAP * fewer.size) return { left: [...a], right: [...b] };
  }
  return undefined;
}

/** By name for equal ranks, so that the order of members has no effect. */
function byRank(a: { name: string; rank: number }, b: { name: string; rank: number }): number {
  return a.rank - b.rank || (a.name < b.name ? -1 : 1);
}

function rankOf(name: string): number {
  const rank = KEY_NAMES.findIndex((pattern) => pattern.test(name));
  return rank === -1 ? KEY_NAMES.length : rank;
}

/** The keys in array order; undefined when a key is missing or repeated. */
function uniqueKeys(
  array: readonly Json[],
  name: string,
  budget: ComparisonBudget,
): ReadonlySet<string | number> | undefined {
  const keys = new Set<string | number>();
  for (const element of array) {
    if (!isObject(element) || !budget.take(1)) return undefined;
    const key = keyPart(Object.hasOwn(element, name) ? element[name] : undefined);
    if (key === undefined || keys.has(key)) return undefined;
    keys.add(key);
  }
  return keys;
}

/** Whether the elements have exactly these keys in this order. */
function haveKeys(
  array: readonly Json[],
  name: string,
  keys: ReadonlySet<string | number>,
  budget: ComparisonBudget,
): boolean {
  let at = 0;
  for (const key of keys) {
    const element = array[at];
    if (!isObject(element) || !budget.take(1) || !Object.hasOwn(element, name)) return false;
    if (keyPart(element[name]) !== key) return false;
    at += 1;
  }
  return true;
}

function repeated(keys: readonly (string | undefined)[]): string[] {
  const seen = new Set<string>();
  return keys.filter((key): key is string => {
    const again = key !== undefined && seen.has(key);
    if (key !== undefined) seen.add(key);
    return again;
  });
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Only strings and numbers are keys. An exact number counts by its value. */
function keyPart(value: Json | undefined): string | number | undefined {
  if (typeof value === "string" || typeof value === "number") return value;
  return value instanceof ExactNumber ? `\u0000${value.canonical}` : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== undefined && jsonType(value) === "object";
}
