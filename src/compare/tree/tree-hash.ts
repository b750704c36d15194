import type { ComparisonBudget } from "./comparison-budget.ts";
import { isContainer, Duplicates, type Json, type JsonObject } from "./json-tree.ts";
import { ExactNumber } from "./exact-number.ts";

/** Only this many characters at each end of a string are hashed. */
const EDGE_CHARS = 8;
const ELEMENT_SEED = 17;

/**
 * A cheap hash of a tree: a sum over all scalars and their keys, independent of their order. Different hashes mean different
 * trees; equal hashes do not prove equality.
 */
export function treeHash(root: Json, budget: ComparisonBudget): number {
  if (!isContainer(root)) return hashScalar(root, ELEMENT_SEED);
  let sum = 0;
  const open: (Json[] | JsonObject | Duplicates)[] = [root];
  const add = (value: Json, seed: number): void => {
    if (isContainer(value)) open.push(value);
    else sum = (sum + hashScalar(value, seed)) | 0;
  };
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const elements = value instanceof Duplicates ? value.values : value;
    if (Array.isArray(elements)) {
      if (!budget.take(elements.length)) break;
      for (const element of elements) add(element, ELEMENT_SEED);
    } else {
      const keys = Object.keys(elements);
      if (!budget.take(keys.length)) break;
      for (const key of keys) add(elements[key] as Json, hashText(key, ELEMENT_SEED));
    }
  }
  return sum;
}

function hashScalar(value: Json, seed: number): number {
  if (typeof value === "string") return hashText(value, seed);
  if (typeof value === "number") return mix(seed, (value * 31) ^ (value / 1_000_003) ^ ((value * 1e6) % 1_000_003));
  if (value instanceof ExactNumber) return hashText(value.canonical, seed);
  if (value === null) return mix(seed, 3);
  return mix(seed, value === true ? 1 : 2);
}

/** A hash of the length and both ends of a text. */
export function hashText(text: string, seed: number): number {
  const { length } = text;
  let hash = mix(seed, length);
  const head = Math.min(length, EDGE_CHARS);
  for (let at = 0; at < head; at += 1) hash = mix(hash, text.charCodeAt(at));
  for (let at = Math.max(head, length - EDGE_CHARS); at < length; at += 1) hash = mix(hash, text.charCodeAt(at));
  return hash;
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
