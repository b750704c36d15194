import { longestIncreasing } from "../lib/longest-increasing.ts";
import type { BodyChange } from "../model/sample.ts";
import { alignArrays } from "./tree/array-alignment.ts";
import type { ComparisonBudget } from "./tree/comparison-budget.ts";
import type { ArrayAlignment } from "./tree/element-matching.ts";
import { ExactNumber } from "./tree/exact-number.ts";
import { Duplicates, jsonType, type Json, type JsonObject } from "./tree/json-tree.ts";
import { SubtreeIds } from "./tree/subtree-ids.ts";
import { treesEqual } from "./tree/tree-equality.ts";
import { escapeToken, MAX_DEPTH, rootPosition } from "./tree/tree-position.ts";

export type TreePair = readonly [left: Json, right: Json];

/** The indexes of an element in two arrays; undefined in the array that does not have it. */
export interface Slot {
  readonly left: number | undefined;
  readonly right: number | undefined;
}

/** The key of an element: `3:4` is a pair, `3:` only in the left array, `:4` only in the right. */
function slotKey(left: number | "", right: number | ""): string {
  return `${left}:${right}`;
}

/** The inverse of `slotKey`. */
export function parseSlot(key: string): Slot {
  const [left = "", right = ""] = key.split(":");
  return { left: left === "" ? undefined : Number(left), right: right === "" ? undefined : Number(right) };
}

/** Stands for two values that differ and that a comparison of plain JSON cannot compare. */
const UNEQUAL: TreePair = [true, false];

const ROOT_PATH = rootPosition(undefined).path;

/** Members of two objects that are left, in the form that `Object.fromEntries` takes: `__proto__` is a key like any other. */
interface Remaining {
  readonly left: [string, Json][];
  readonly right: [string, Json][];
}

/**
 * Prepares two trees for a comparison by keys: equal values are left out, and arrays become objects whose keys name the partners
 * that the comparison of responses finds by id or content. With indexes, one inserted element would change all that follow it.
 */
export class TreeAligner {
  readonly moves: BodyChange[] = [];
  readonly #budget: ComparisonBudget;
  readonly #subtreeIds: SubtreeIds;
  readonly #maxValues: number;
  /** The JSON Pointers of the current place. */
  readonly #pointers: (readonly [left: string, right: string])[] = [["", ""]];
  #values = 0;

  /** @param maxValues the differing values and moved elements to keep; others are left out */
  constructor(budget: ComparisonBudget, maxValues: number) {
    this.#budget = budget;
    this.#subtreeIds = new SubtreeIds(budget);
    this.#maxValues = maxValues;
  }

  /** Whether something that differs was left out, or not examined. */
  get isCut(): boolean {
    return this.#values > this.#maxValues || this.#budget.isExhausted;
  }

  /** @returns undefined for equal trees */
  align(left: Json, right: Json): TreePair | undefined {
    if (left === right || this.isCut || !this.#budget.take(1)) return undefined;
    const type = jsonType(left);
    const isSameType = type === jsonType(right);
    if (isSameType && (type === "array" || type === "object") && this.#pointers.length <= MAX_DEPTH) {
      return type === "array"
        ? this.#alignArrays(left as Json[], right as Json[])
        : this.#alignObjects(left as JsonObject, right as JsonObject);
    }
    if (isSameType && treesEqual(left, right, this.#budget)) return undefined;
    const isPlain = !isSameType || !(type === "array" || type === "object" || isOpaque(left) || isOpaque(right));
    return this.#count(isPlain && !isOpaque(left) && !isOpaque(right) ? [left, right] : UNEQUAL);
  }

  #alignObjects(left: JsonObject, right: JsonObject): TreePair | undefined {
    const remaining: Remaining = { left: [], right: [] };
    for (const [key, value] of Object.entries(left)) {
      if (Object.hasOwn(right, key)) this.#addPair(remaining, key, value, right[key] as Json, [key, key]);
      else this.#addAlone(remaining.left, key, value);
    }
    for (const [key, value] of Object.entries(right)) {
      if (!Object.hasOwn(left, key)) this.#addAlone(remaining.right, key, value);
    }
    return toPair(remaining);
  }

  #alignArrays(left: readonly Json[], right: readonly Json[]): TreePair | undefined {
    const alignment = alignArrays(left, right, {
      subtreeIds: this.#subtreeIds,
      budget: this.#budget,
      path: ROOT_PATH,
      equalUnderRules: undefined,
      keys: [],
    });
    if (this.#budget.isExhausted) return undefined;
    const remaining: Remaining = { left: [], right: [] };
    const moves = movesOf(alignment, left.length, right.length);
    const moved = new Set(moves.map(([one]) => one));
    // An element that is another value at another place is not the same one: it was removed, and the other one added.
    const isSameOne = ([one, other]: Pairs[number]): boolean =>
      !moved.has(one) || haveMembers(left[one] as Json, right[other] as Json);
    const apart = alignment.changed.filter((pair) => !isSameOne(pair));
    const [removed, added] = [new Set(apart.map(([one]) => one)), apart.map(([, other]) => other)];
    this.#addMoves(moves.filter(([one]) => !removed.has(one)));
    for (const [one, other] of alignment.changed.filter(isSameOne)) {
      if (this.isCut) break;
      const values = [left[one] as Json, right[other] as Json] as const;
      this.#addPair(remaining, slotKey(one, other), ...values, [`${one}`, `${other}`]);
    }
    for (const index of [...alignment.missing, ...removed])
      this.#addAlone(remaining.left, slotKey(index, ""), left[index] as Json);
    for (const index of [...alignment.extra, ...added])
      this.#addAlone(remaining.right, slotKey("", index), right[index] as Json);
    return toPair(remaining);
  }

  #addPair(to: Remaining, key: string, left: Json, right: Json, tokens: readonly [string, string]): void {
    const [one, other] = this.#pointers.at(-1) ?? ["", ""];
    this.#pointers.push([`${one}/${escapeToken(tokens[0])}`, `${other}/${escapeToken(tokens[1])}`]);
    const pair = this.align(left, right);
    this.#pointers.pop();
    if (pair === undefined) return;
    to.left.push([key, pair[0]]);
    to.right.push([key, pair[1]]);
  }

  #addAlone(to: [string, Json][], key: string, value: Json): void {
    if (!this.isCut) to.push([key, this.#count(value)]);
  }

  #addMoves(moves: Pairs): void {
    const [one, other] = this.#pointers.at(-1) ?? ["", ""];
    for (const [left, right] of moves) {
      if (this.isCut) return;
      const [pointer, candidatePointer] = [`${one}/${left}`, `${other}/${right}`];
      this.moves.push(this.#count({ op: "move", pointer, candidatePointer }));
    }
  }

  #count<Kept>(kept: Kept): Kept {
    this.#values += 1;
    return kept;
  }
}

/** Whether two values are both objects or both arrays, so that the same one can differ inside. */
function haveMembers(left: Json, right: Json): boolean {
  const type = jsonType(left);
  return type === jsonType(right) && (type === "array" || type === "object");
}

function isOpaque(value: Json): boolean {
  return value instanceof ExactNumber || value instanceof Duplicates;
}

/** @returns undefined when nothing is left */
function toPair({ left, right }: Remaining): TreePair | undefined {
  return left.length + right.length === 0 ? undefined : [Object.fromEntries(left), Object.fromEntries(right)];
}

type Pairs = readonly (readonly [left: number, right: number])[];

/** The least number of elements that have to move so that all others are in the same order on both sides. */
function movesOf(alignment: ArrayAlignment, leftSize: number, rightSize: number): Pairs {
  // Without a search for partners, elements are paired in order.
  if (alignment.matching === undefined) return [];
  const pairs = allPairs(alignment, leftSize, rightSize);
  const inOrder = new Set(longestIncreasing(pairs.map(([, right]) => right)));
  return pairs.filter((_, at) => !inOrder.has(at));
}

/** All pairs in the order of the left array: those that were searched for, and the equal ones around them. */
function allPairs({ matching, missing, extra }: ArrayAlignment, leftSize: number, rightSize: number): Pairs {
  const found = matching?.pairs ?? [];
  const lefts = restOf(leftSize, new Set([...missing, ...found.map(([left]) => left)]));
  const rights = restOf(rightSize, new Set([...extra, ...found.map(([, right]) => right)]));
  const equal = lefts.map((left, at) => [left, rights[at] as number] as const);
  return [...found, ...equal].toSorted(([one], [other]) => one - other);
}

function restOf(size: number, used: ReadonlySet<number>): number[] {
  return Array.from({ length: size }, (_, index) => index).filter((index) => !used.has(index));
}
