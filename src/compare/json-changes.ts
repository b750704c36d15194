import { longestIncreasing } from "../lib/longest-increasing.ts";
import type { BodyChange } from "../model/sample.ts";
import { ComparisonBudget } from "./tree/comparison-budget.ts";
import type { ArrayAlignment } from "./tree/element-matching.ts";
import type { Json } from "./tree/json-tree.ts";
import { SubtreeIds } from "./tree/subtree-ids.ts";
import { childPosition, jsonPointer, rootPosition, type TreePosition } from "./tree/tree-position.ts";
import { TreeWalk, type Sizes, type TreeDifference } from "./tree/tree-walk.ts";

export interface ValueChanges {
  readonly changes: readonly BodyChange[];
  /** The trees are too large to examine, or there are more changes than listed. */
  readonly cut: boolean;
}

/** More cannot be read by a person, and each travels to the dashboard. */
const MAX_CHANGES = 5_000;
const MAX_VALUES = 3_000_000;
/** The page waits for it. */
const MAX_MS = 1_000;

/**
 * Lists the changes between two JSON bodies as the comparison finds them without rules: elements of arrays are paired by key or
 * content, so that one inserted element is one change. Differences below its depth limit are one change of their ancestor.
 * @param primary from `parseJson`, with exact numbers and duplicate keys
 */
export function findValueChanges(primary: Json, candidate: Json): ValueChanges {
  const budget = new ComparisonBudget(MAX_VALUES, MAX_MS);
  const changes: BodyChange[] = [];
  const walk = new TreeWalk({
    budget,
    subtreeIds: new SubtreeIds(budget),
    onDifference: (difference) => {
      // The order of an array is in the moves of its elements.
      if (difference.kind !== "order") changes.push(changeOf(difference));
      return changes.length <= MAX_CHANGES;
    },
    onAlignment: (position, alignment, sizes) => {
      for (const move of movesOf(position, alignment, sizes)) if (changes.length <= MAX_CHANGES) changes.push(move);
    },
    onHit: () => {
      // There are no rules.
    },
    equalPairs: new Map(),
  });
  walk.run(primary, candidate, rootPosition(undefined));
  return { changes: changes.slice(0, MAX_CHANGES), cut: budget.isExhausted || changes.length > MAX_CHANGES };
}

/** Stored bodies are redacted: their keys are those of the trees. */
function pointerIn(side: "primary" | "candidate", position: TreePosition): string {
  return jsonPointer(position, side, (key) => key);
}

function changeOf({ position, left, right }: TreeDifference): BodyChange {
  if (left === undefined) return { op: "add", pointer: pointerIn("candidate", position) };
  if (right === undefined) return { op: "remove", pointer: pointerIn("primary", position) };
  return change("replace", position);
}

function change(op: "replace" | "move", position: TreePosition): BodyChange {
  const [pointer, candidatePointer] = [pointerIn("primary", position), pointerIn("candidate", position)];
  return pointer === candidatePointer ? { op, pointer } : { op, pointer, candidatePointer };
}

/** The least number of elements that have to move so that all others are in the same order on both sides. */
function movesOf(position: TreePosition, alignment: ArrayAlignment, sizes: Sizes): BodyChange[] {
  // Without a search for partners, elements are paired in order.
  if (alignment.matching === undefined) return [];
  const pairs = allPairs(alignment, sizes);
  const inOrder = new Set(longestIncreasing(pairs.map(([, right]) => right)));
  return pairs.flatMap(([left, right], at) =>
    inOrder.has(at) ? [] : [change("move", childPosition(position, position.path.element(), left, right))],
  );
}

function restOf(size: number, used: ReadonlySet<number>): number[] {
  return Array.from({ length: size }, (_, index) => index).filter((index) => !used.has(index));
}

/** All pairs in the order of the left array: those that were searched for, and the equal ones around them. */
function allPairs({ matching, missing, extra }: ArrayAlignment, sizes: Sizes): (readonly [number, number])[] {
  const found = matching?.pairs ?? [];
  const lefts = restOf(sizes.left, new Set([...missing, ...found.map(([left]) => left)]));
  const rights = restOf(sizes.right, new Set([...extra, ...found.map(([, right]) => right)]));
  const equal = lefts.map((left, at) => [left, rights[at] as number] as const);
  return [...found, ...equal].toSorted(([one], [other]) => one - other);
}
