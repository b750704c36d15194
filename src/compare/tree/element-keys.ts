import type { ComparisonBudget } from "./comparison-budget.ts";
import { ExactNumber } from "./exact-number.ts";
import { jsonType, type Json, type JsonObject } from "./json-tree.ts";

/** What tells the elements of an array apart: for each element of both arrays its key, undefined where it has none of its own. */
export interface ElementKeys {
  readonly left: readonly (string | number | undefined)[];
  readonly right: readonly (string | number | undefined)[];
}

/** Share of the shorter array's elements that must be found in the other one, for a member to be taken for a key. */
const MIN_OVERLAP = 0.95;
/** Members of the first element that are tried. */
const MAX_TRIED = 8;
/** Names that keys mostly have, the most telling first. */
const KEY_NAMES: readonly RegExp[] = [
  /^_?id$/i,
  /^(?:uuid|guid|key)$/i,
  /(?:[_-]id|Id|ID|[Uu]uid|Key)$/,
  /^(?:code|sku|slug|name)$/i,
];

/**
 * Keys by the members that a rule names. A key that occurs twice on a side, or misses a part, is none.
 * @param by dotted below an element
 */
export function configuredKeys(left: readonly Json[], right: readonly Json[], by: readonly string[]): ElementKeys {
  const paths = by.map((path) => path.split("."));
  const keyOf = (element: Json): string | undefined => {
    const parts = paths.map((path) => keyPart(path.reduce<Json | undefined>(member, element)));
    return parts.includes(undefined) ? undefined : JSON.stringify(parts);
  };
  const [a, b] = [left.map(keyOf), right.map(keyOf)];
  const twice = new Set([...repeated(a), ...repeated(b)]);
  const single = (key: string | undefined): string | undefined =>
    key === undefined || twice.has(key) ? undefined : key;
  return { left: a.map(single), right: b.map(single) };
}

/**
 * Keys by a member that all elements have, objects all of them, each with a scalar that no other element of its side has,
 * and nearly all of which both sides share. Of several such members the one with the most telling name is taken, of
 * several of those the first in the alphabet.
 * @returns undefined when there is none; one list for both sides when all elements stand where their partners do
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

/** By name where both are as telling, so that the order of members decides nothing. */
function byRank(a: { name: string; rank: number }, b: { name: string; rank: number }): number {
  return a.rank - b.rank || (a.name < b.name ? -1 : 1);
}

function rankOf(name: string): number {
  const rank = KEY_NAMES.findIndex((pattern) => pattern.test(name));
  return rank === -1 ? KEY_NAMES.length : rank;
}

/** In the order of the array; undefined when one has none, or two have the same. */
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

/** Whether the elements have these keys, in this order. */
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

/** Strings and numbers tell elements apart; a number without loss by its exact value. */
function keyPart(value: Json | undefined): string | number | undefined {
  if (typeof value === "string" || typeof value === "number") return value;
  return value instanceof ExactNumber ? `\u0000${value.canonical}` : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== undefined && jsonType(value) === "object";
}
