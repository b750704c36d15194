import { canonicalTree } from "../rules/canonical-tree.ts";
import type { BodyPath } from "./body-path.ts";
import type { ComparisonBudget } from "./comparison-budget.ts";
import { configuredKeys, inferredKeys } from "./element-keys.ts";
import { ElementMatching, type ArrayAlignment } from "./element-matching.ts";
import type { Json } from "./json-tree.ts";
import type { SubtreeIds } from "./subtree-ids.ts";
import { treesEqual } from "./tree-equality.ts";
import { treeHash } from "./tree-hash.ts";

/** More unequal elements without keys are paired by index, without a search for moved ones. */
const MAX_ALIGNED = 20_000;

export interface AlignmentContext {
  readonly subtreeIds: SubtreeIds;
  readonly budget: ComparisonBudget;
  /** The path of the elements. */
  readonly path: BodyPath;
  /** Whether the rules make the elements at two indexes equal; undefined when no rule applies to elements. */
  readonly equalUnderRules: ((left: number, right: number) => boolean) | undefined;
  /** The members that identify an element, one list per `keyed` rule. */
  readonly keys: readonly (readonly string[])[];
}

/**
 * Pairs the elements of two arrays: first equal elements at the same index, then elements with the same key (configured,
 * otherwise inferred), then equal elements at other indexes, so that one insertion is one difference. The remaining elements
 * are paired in order.
 */
export function alignArrays(left: readonly Json[], right: readonly Json[], context: AlignmentContext): ArrayAlignment {
  const { budget, equalUnderRules, keys } = context;
  const [a, b] =
    left.length === right.length ? unequalIndexes(left, right, budget) : trimEqualEnds(left, right, budget);
  if (a.length === 0 || b.length === 0) return { changed: [], missing: a, extra: b, isReordered: false };
  const matching = new ElementMatching(a, b);
  if (left.length === 1 && right.length === 1) return matching.pairInOrder();
  // Elements that the rules make equal at their own index need no other partner.
  if (equalUnderRules !== undefined && left.length === right.length) {
    if (a.every((index) => equalUnderRules(index, index))) return matching.pairInOrder();
  }
  for (const by of keys) matching.pairByKey(configuredKeys(left, right, by));
  const inferred = keys.length === 0 ? inferredKeys(left, right, budget) : undefined;
  // One list for both sides: every element is at the index of its partner, and only values have changed.
  if (inferred !== undefined && inferred.left === inferred.right) {
    return { changed: a.map((index) => [index, index] as const), missing: [], extra: [], isReordered: false };
  }
  if (inferred !== undefined) matching.pairByKey(inferred);
  else if (a.length + b.length <= MAX_ALIGNED) matchEqual(left, right, matching, context);
  else if (keys.length === 0) return { ...matching.pairInOrder(), matching: undefined };
  return matching.pairInOrder();
}

function matchEqual(
  left: readonly Json[],
  right: readonly Json[],
  matching: ElementMatching,
  { budget, subtreeIds, path, equalUnderRules }: AlignmentContext,
): void {
  const [a, b] = [matching.freeLeft, matching.freeRight];
  if (a.length === 0 || b.length === 0 || (a.length === 1 && b.length === 1)) return;
  const idOf = (value: Json): number | undefined => subtreeIds.of(value);
  if (equalUnderRules !== undefined) {
    const canonicalId = (value: Json): number | undefined => idOf(canonicalTree(value, path, subtreeIds, budget));
    matching.pairById(
      a.map((index) => canonicalId(left[index] as Json)),
      b.map((index) => canonicalId(right[index] as Json)),
      true,
    );
    matching.pairByPredicate(equalUnderRules);
    return;
  }
  const hashesA = a.map((index) => treeHash(left[index] as Json, budget));
  const hashesB = b.map((index) => treeHash(right[index] as Json, budget));
  const shared = new Set(hashesA).intersection(new Set(hashesB));
  if (shared.size === 0) {
    matching.recordNoneEqual();
    return;
  }
  // Exact ids are computed only for elements whose hash occurs on both sides.
  const idsA = a.map((index, at) => (shared.has(hashesA[at] as number) ? idOf(left[index] as Json) : undefined));
  const idsB = b.map((index, at) => (shared.has(hashesB[at] as number) ? idOf(right[index] as Json) : undefined));
  if (!budget.isExhausted) matching.pairById(idsA, idsB, false);
}

/** The indexes at which two arrays of the same length differ. */
function unequalIndexes(left: readonly Json[], right: readonly Json[], budget: ComparisonBudget): [number[], number[]] {
  // The walk compares a single element anyway. Comparing it here too would cost depth times size.
  if (left.length === 1) return [[0], [0]];
  const indexes: number[] = [];
  for (let index = 0; index < left.length && budget.take(1); index += 1) {
    if (!treesEqual(left[index] as Json, right[index] as Json, budget)) indexes.push(index);
  }
  return [indexes, indexes];
}

/** The indexes between the common prefix and the common suffix of two arrays. */
function trimEqualEnds(left: readonly Json[], right: readonly Json[], budget: ComparisonBudget): [number[], number[]] {
  const shorter = Math.min(left.length, right.length);
  const isEqual = (i: number, j: number): boolean =>
    budget.take(1) && treesEqual(left[i] as Json, right[j] as Json, budget);
  let start = 0;
  while (start < shorter && isEqual(start, start)) start += 1;
  let end = 0;
  while (end < shorter - start && isEqual(left.length - 1 - end, right.length - 1 - end)) end += 1;
  return [range(start, left.length - end), range(start, right.length - end)];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
