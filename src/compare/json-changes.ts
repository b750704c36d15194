import { diff, type IChange } from "json-diff-ts";
import type { BodyChange } from "../model/sample.ts";
import { parseSlot, TreeAligner } from "./aligned-trees.ts";
import { ComparisonBudget } from "./tree/comparison-budget.ts";
import { isContainer, type Json, type JsonObject } from "./tree/json-tree.ts";
import { escapeToken } from "./tree/tree-position.ts";

export interface ValueChanges {
  readonly changes: readonly BodyChange[];
  /** The trees are too large to examine, or there are more changes than listed. */
  readonly cut: boolean;
}

/** The time of json-diff-ts grows with the square of the number of changes. This limit keeps a page below one second. */
const MAX_CHANGES = 5_000;
const MAX_VALUES = 3_000_000;
/** The page waits for it. */
const MAX_MS = 1_000;

/**
 * Lists the changes between two JSON bodies. Uses json-diff-ts with its default options (other options treat some different values
 * as equal) on what differs: elements of arrays are paired as in a comparison of responses without rules, so that one inserted
 * element is one change. The changeset is walked here, because the flattening of the library returns wrong paths. Differences
 * below the depth limit of the comparison are one change of their ancestor.
 * @param primary from `parseJson`, with exact numbers and duplicate keys
 */
export function findValueChanges(primary: Json, candidate: Json): ValueChanges {
  const aligner = new TreeAligner(new ComparisonBudget(MAX_VALUES, MAX_MS), MAX_CHANGES);
  const pair = aligner.align(primary, candidate);
  const inside = pair === undefined ? [] : changesBetween(primary, candidate, pair);
  const changes = [...aligner.moves, ...inside];
  return { changes: changes.slice(0, MAX_CHANGES), cut: aligner.isCut };
}

/** Two containers of the original trees, with the changes between them. */
interface Level {
  readonly changeset: readonly IChange[];
  readonly left: Json;
  readonly right: Json;
  readonly pointer: string;
  readonly candidatePointer: string;
}

/** @param pair the same two trees without what is equal */
function changesBetween(left: Json, right: Json, pair: readonly [Json, Json]): BodyChange[] {
  if (!isSameContainer(left, right)) return [{ op: "replace", pointer: "" }];
  const changes: BodyChange[] = [];
  const open: Level[] = [{ changeset: diff(...pair), left, right, pointer: "", candidatePointer: "" }];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const [key, operations] of byKey(level.changeset)) {
      const place = placeOf(level, key);
      const { pointer, candidatePointer } = place;
      const inner = operations.find((each) => each.changes !== undefined)?.changes;
      if (place.left === undefined) changes.push({ op: "add", pointer: candidatePointer });
      else if (place.right === undefined) changes.push({ op: "remove", pointer });
      else if (inner !== undefined) open.push({ ...place, left: place.left, right: place.right, changeset: inner });
      else
        changes.push(
          pointer === candidatePointer ? { op: "replace", pointer } : { op: "replace", pointer, candidatePointer },
        );
    }
  }
  return changes;
}

function isSameContainer(left: Json, right: Json): boolean {
  return isContainer(left) && isContainer(right) && Array.isArray(left) === Array.isArray(right);
}

/** The library reports a change of type as REMOVE and ADD of one key: together they are one replacement. */
function byKey(changeset: readonly IChange[]): Map<string, IChange[]> {
  return Map.groupBy(changeset, ({ key }) => key);
}

interface Place {
  readonly left: Json | undefined;
  readonly right: Json | undefined;
  readonly pointer: string;
  readonly candidatePointer: string;
}

/** The values and pointers at a key of the aligned trees. */
function placeOf({ left, right, pointer, candidatePointer }: Level, key: string): Place {
  if (!Array.isArray(left) || !Array.isArray(right)) {
    const token = escapeToken(key);
    return {
      left: memberOf(left, key),
      right: memberOf(right, key),
      pointer: `${pointer}/${token}`,
      candidatePointer: `${candidatePointer}/${token}`,
    };
  }
  const slot = parseSlot(key);
  return {
    left: slot.left === undefined ? undefined : left[slot.left],
    right: slot.right === undefined ? undefined : right[slot.right],
    pointer: `${pointer}/${slot.left}`,
    candidatePointer: `${candidatePointer}/${slot.right}`,
  };
}

function memberOf(container: Json, key: string): Json | undefined {
  return Object.hasOwn(container as JsonObject, key) ? (container as JsonObject)[key] : undefined;
}
