import type { ComparisonBudget } from "./comparison-budget.ts";
import { treesEqual } from "./tree-equality.ts";
import type { SubtreeIds } from "./subtree-ids.ts";
import type { Json } from "./json-tree.ts";
import { configuredKeys, inferredKeys } from "./element-keys.ts";
import { ElementMatching, type ArrayAlignment } from "./element-matching.ts";
import type { BodyPath } from "./body-path.ts";
import { canonicalTree } from "../rules/canonical-tree.ts";
import { treeHash } from "./tree-hash.ts";

/** More unequal elements than this, without keys, are paired by index without looking for moved ones. */
const MAX_ALIGNED = 20_000;

export interface AlignmentContext {
  readonly identities: SubtreeIds;
  readonly budget: ComparisonBudget;
  /** Of the elements. */
  readonly shape: BodyPath;
  /** Whether two elements, by their indexes, are equal under the rules; undefined when no rule holds for them. */
  readonly alike: ((left: number, right: number) => boolean) | undefined;
  /** Of rules that say which members tell elements apart. */
  readonly keys: readonly (readonly string[])[];
}

/**
 * Pairs the elements of two arrays: equal ones at the same index, then by key (configured, otherwise inferred), then equal
 * ones as multisets, so that one insertion is one insertion; what is left is paired in order.
 */
export function alignArrays(left: readonly Json[], right: readonly Json[], help: AlignmentContext): ArrayAlignment {
  const { budget, alike, keys } = help;
  const [a, b] = left.length === right.length ? unequalAt(left, right, budget) : middles(left, right, budget);
  if (a.length === 0 || b.length === 0) return { changed: [], missing: a, extra: b, reordered: false };
  const matching = new ElementMatching(a, b);
  if (left.length === 1 && right.length === 1) return matching.inOrder();
  // What the rules leave equal where it stands needs no other partner.
  if (alike !== undefined && left.length === right.length && a.every((index) => alike(index, index))) {
    return matching.inOrder();
  }
  for (const by of keys) matching.byKey(configuredKeys(left, right, by));
  const inferred = keys.length === 0 ? inferredKeys(left, right, budget) : undefined;
  // Most changes are changes of values: then each element stands against the one at its place.
  if (inferred !== undefined && inferred.left === inferred.right) {
    return { changed: a.map((index) => [index, index] as const), missing: [], extra: [], reordered: false };
  }
  if (inferred !== undefined) matching.byKey(inferred);
  else if (a.length + b.length <= MAX_ALIGNED) findEqual(left, right, matching, help);
  return matching.inOrder();
}

function findEqual(
  left: readonly Json[],
  right: readonly Json[],
  matching: ElementMatching,
  { budget, identities, shape, alike }: AlignmentContext,
): void {
  const [a, b] = [matching.freeLeft, matching.freeRight];
  if (a.length === 0 || b.length === 0 || (a.length === 1 && b.length === 1)) return;
  const identityOf = (value: Json): number | undefined => identities.of(value);
  if (alike !== undefined) {
    const canonical = (value: Json): number | undefined => identityOf(canonicalTree(value, shape, identities, budget));
    matching.byIdentity(
      a.map((index) => canonical(left[index] as Json)),
      b.map((index) => canonical(right[index] as Json)),
      true,
    );
    matching.byLikeness(alike);
    return;
  }
  const sketchesA = a.map((index) => treeHash(left[index] as Json, budget));
  const sketchesB = b.map((index) => treeHash(right[index] as Json, budget));
  const shared = new Set(sketchesA).intersection(new Set(sketchesB));
  if (shared.size === 0) {
    matching.noneEqual();
    return;
  }
  // Only elements that may have a partner are worth an exact look.
  const idsA = a.map((index, at) =>
    shared.has(sketchesA[at] as number) ? identityOf(left[index] as Json) : undefined,
  );
  const idsB = b.map((index, at) =>
    shared.has(sketchesB[at] as number) ? identityOf(right[index] as Json) : undefined,
  );
  if (!budget.exhausted) matching.byIdentity(idsA, idsB, false);
}

/** The indexes at which two arrays of one length differ. */
function unequalAt(left: readonly Json[], right: readonly Json[], budget: ComparisonBudget): [number[], number[]] {
  // A single element is compared where it is walked: looking into it here too would cost depth times size.
  if (left.length === 1) return [[0], [0]];
  const indexes: number[] = [];
  for (let index = 0; index < left.length && budget.take(1); index += 1) {
    if (!treesEqual(left[index] as Json, right[index] as Json, budget)) indexes.push(index);
  }
  return [indexes, indexes];
}

/** The indexes between a common beginning and a common end. */
function middles(left: readonly Json[], right: readonly Json[], budget: ComparisonBudget): [number[], number[]] {
  const shorter = Math.min(left.length, right.length);
  const same = (i: number, j: number): boolean =>
    budget.take(1) && treesEqual(left[i] as Json, right[j] as Json, budget);
  let start = 0;
  while (start < shorter && same(start, start)) start += 1;
  let end = 0;
  while (end < shorter - start && same(left.length - 1 - end, right.length - 1 - end)) end += 1;
  return [range(start, left.length - end), range(start, right.length - end)];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
