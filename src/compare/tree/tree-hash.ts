import type { ComparisonBudget } from "./comparison-budget.ts";
import { isContainer, Duplicates, type Json, type JsonObject } from "./json-tree.ts";
import { ExactNumber } from "./exact-number.ts";

/** DecodedText at each end of a string that are looked at. */
const ENDS = 8;
const ELEMENT_SEED = 17;

/**
 * A cheap number that equal trees share and unequal ones seldom do: a sum over all scalars and their keys, without regard
 * to order. Says for certain only that trees are different.
 */
export function treeHash(root: Json, budget: ComparisonBudget): number {
  if (!isContainer(root)) return ofScalar(root, ELEMENT_SEED);
  let sum = 0;
  const open: (Json[] | JsonObject | Duplicates)[] = [root];
  const add = (value: Json, seed: number): void => {
    if (isContainer(value)) open.push(value);
    else sum = (sum + ofScalar(value, seed)) | 0;
  };
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const elements = value instanceof Duplicates ? value.values : value;
    if (Array.isArray(elements)) {
      if (!budget.take(elements.length)) break;
      for (const element of elements) add(element, ELEMENT_SEED);
    } else {
      const keys = Object.keys(elements);
      if (!budget.take(keys.length)) break;
      for (const key of keys) add(elements[key] as Json, ofText(key, ELEMENT_SEED));
    }
  }
  return sum;
}

function ofScalar(value: Json, seed: number): number {
  if (typeof value === "string") return ofText(value, seed);
  if (typeof value === "number") return mix(seed, (value * 31) ^ (value / 1_000_003) ^ ((value * 1e6) % 1_000_003));
  if (value instanceof ExactNumber) return ofText(value.canonical, seed);
  if (value === null) return mix(seed, 3);
  return mix(seed, value === true ? 1 : 2);
}

function ofText(text: string, seed: number): number {
  const { length } = text;
  let hash = mix(seed, length);
  const head = Math.min(length, ENDS);
  for (let at = 0; at < head; at += 1) hash = mix(hash, text.charCodeAt(at));
  for (let at = Math.max(head, length - ENDS); at < length; at += 1) hash = mix(hash, text.charCodeAt(at));
  return hash;
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
