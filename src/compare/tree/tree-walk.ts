import type { DifferenceKind } from "../../model/difference.ts";
import { alignArrays } from "./array-alignment.ts";
import { differOnlyInCounts, ElementOrder } from "./element-order.ts";
import type { ComparisonBudget } from "./comparison-budget.ts";
import { hasDataKeys } from "./keys/dynamic-keys.ts";
import { treesEqual } from "./tree-equality.ts";
import type { SubtreeIds } from "./subtree-ids.ts";
import { Duplicates, jsonType, sameScalar, type Json, type JsonObject } from "./json-tree.ts";
import { isPairValue, namesSecret } from "../redact/name-value-pairs.ts";
import { MAX_DEPTH, childPosition, type TreePosition } from "./tree-position.ts";
import type { MapPaths } from "./keys/map-paths.ts";
import type { BodyPath } from "./body-path.ts";
import { rulesEquating } from "../rules/scalar-rules.ts";

/** A difference at one position of two trees. */
export interface TreeDifference {
  readonly kind: DifferenceKind;
  readonly position: TreePosition;
  /** The primary's value; undefined when it has none. */
  readonly left: Json | undefined;
  /** The other side's value; undefined when it has none. */
  readonly right: Json | undefined;
  /** The number of elements of both lists or maps, for an element that only one of them has. */
  readonly sizes?: Sizes | undefined;
}

interface Sizes {
  readonly left: number;
  readonly right: number;
}

export interface WalkContext {
  readonly budget: ComparisonBudget;
  readonly subtreeIds: SubtreeIds;
  /** @returns false to end the walk */
  readonly onDifference: (difference: TreeDifference) => boolean;
  /** Called when a rule removes a difference. */
  readonly onHit: (rule: string) => void;
  readonly maps?: MapPaths | undefined;
  /** Caches whether two containers are equal under the rules. */
  readonly equalPairs: Map<Json, Map<Json, boolean>>;
}

interface ContainerPair {
  readonly left: Json;
  readonly right: Json;
  readonly position: TreePosition;
}

/** Matching this many characters against the expression of a rule costs as much as visiting one value. */
const CHARS_PER_VALUE = 4;

/** Walks two trees in parallel and reports the differences that no rule removes. */
export class TreeWalk {
  readonly #context: WalkContext;
  readonly #budget: ComparisonBudget;
  readonly #stack: ContainerPair[] = [];
  #hasEnded = false;

  constructor(context: WalkContext) {
    this.#context = context;
    this.#budget = context.budget;
  }

  run(left: Json, right: Json, position: TreePosition): void {
    this.#comparePair(left, right, position);
    for (let pair = this.#stack.pop(); pair !== undefined && this.#continues(); pair = this.#stack.pop()) {
      const from = this.#stack.length;
      this.#visitContainers(pair);
      // The stack pops the last pair first, so this restores document order.
      reverseFrom(this.#stack, from);
    }
  }

  /** Compares scalars at once and defers containers. */
  #comparePair(left: Json, right: Json, position: TreePosition): void {
    if (left === right) return;
    const type = jsonType(left);
    if (left instanceof Duplicates || right instanceof Duplicates) this.#compareDuplicates(left, right, position);
    else if (type !== jsonType(right)) this.#report("type", position, left, right);
    else if (type === "array" || type === "object") this.#stack.push({ left, right, position });
    else if (!sameScalar(left, right) && !this.#rulesEquate(left, right, position)) {
      this.#report("value", position, left, right);
    }
  }

  #rulesEquate(left: Json, right: Json, { path }: TreePosition): boolean {
    if (path.scope === undefined || path.scope.active.length === 0) return false;
    if (typeof left === "string" && typeof right === "string") {
      if (!this.#budget.take((left.length + right.length) / CHARS_PER_VALUE)) return false;
    }
    const rules = rulesEquating(path.scope.active, left, right);
    for (const { id } of rules) this.#context.onHit(id);
    return rules.length > 0;
  }

  #visitContainers({ left, right, position }: ContainerPair): void {
    if (position.depth >= MAX_DEPTH) {
      if (!treesEqual(left, right, this.#budget)) this.#report("value", position, left, right);
    } else if (left instanceof ElementOrder && right instanceof ElementOrder)
      this.#compareOrders(left, right, position);
    else if (Array.isArray(left)) this.#compareArrays(left, right as Json[], position);
    else this.#compareObjects(left as JsonObject, right as JsonObject, position);
  }

  #compareObjects(left: JsonObject, right: JsonObject, position: TreePosition): void {
    const { maps } = this.#context;
    let isData: boolean | undefined;
    let sizes: Sizes | undefined;
    const sizesOf = (position: TreePosition): Sizes | undefined =>
      position.path.isDynamic
        ? (sizes ??= { left: Object.keys(left).length, right: Object.keys(right).length })
        : undefined;
    const child = (key: string): TreePosition => {
      isData ??= maps?.has(position.path.text) === true || hasDataKeys(left);
      const isSecret = isPairValue(key) && (namesSecret(left) || namesSecret(right));
      return childPosition(position, position.path.member(key, isData, isSecret), key);
    };
    let shared = 0;
    for (const key of Object.keys(left)) {
      if (!this.#continues()) return;
      const a = left[key] as Json;
      if (!Object.hasOwn(right, key)) {
        const at = child(key);
        if (!at.path.isDynamic) maps?.observe(position.path.text, "left", key);
        this.#reportMissing(at, a, sizesOf(at));
        continue;
      }
      shared += 1;
      if (a !== right[key]) this.#comparePair(a, right[key] as Json, child(key));
    }
    const keys = Object.keys(right);
    if (keys.length === shared) return;
    for (const key of keys) {
      if (!this.#continues()) return;
      if (Object.hasOwn(left, key)) continue;
      const at = child(key);
      if (!at.path.isDynamic) maps?.observe(position.path.text, "right", key);
      this.#reportExtra(at, right[key] as Json, sizesOf(at));
    }
  }

  #compareOrders(left: ElementOrder, right: ElementOrder, position: TreePosition): void {
    if (!this.#budget.take(left.length + right.length) || differOnlyInCounts(left, right)) return;
    if (!this.#allows("unordered", position.path)) this.#report("order", position, left, right);
  }

  #compareArrays(left: readonly Json[], right: readonly Json[], position: TreePosition): void {
    const { scope } = position.path;
    const path = position.path.element();
    const { changed, missing, extra, isReordered } = alignArrays(left, right, {
      subtreeIds: this.#context.subtreeIds,
      budget: this.#budget,
      path,
      equalUnderRules:
        path.scope === undefined
          ? undefined
          : (i, j) => this.#equalUnderRules(left[i] as Json, right[j] as Json, path, position.depth + 1),
      keys:
        scope === undefined
          ? NO_KEYS
          : scope.active.flatMap(({ action }) => (action.type === "keyed" ? [action.by] : [])),
    });
    if (this.#budget.isExhausted) return;
    if (isReordered && !this.#allows("unordered", position.path)) {
      this.#report("order", position, left as Json, right as Json);
    }
    for (const [index, other] of changed) {
      if (!this.#continues()) return;
      this.#comparePair(left[index] as Json, right[other] as Json, childPosition(position, path, index, other));
    }
    const sizes = { left: left.length, right: right.length };
    for (const index of missing) {
      if (!this.#continues()) return;
      this.#reportMissing(childPosition(position, path, index), left[index] as Json, sizes);
    }
    for (const index of extra) {
      if (!this.#continues()) return;
      this.#reportExtra(childPosition(position, path, index), right[index] as Json, sizes);
    }
  }

  /** Whether the rules leave no difference between two values. Rule hits count only in this case. */
  #equalUnderRules(left: Json, right: Json, path: BodyPath, depth: number): boolean {
    const known = this.#context.equalPairs.get(left) ?? new Map<Json, boolean>();
    const before = known.get(right);
    if (before !== undefined) return before;
    const isEqual = this.#compareUnderRules(left, right, path, depth);
    // Cached, because arrays in arrays would compare the same pair repeatedly.
    if (typeof left === "object") this.#context.equalPairs.set(left, known.set(right, isEqual));
    return isEqual;
  }

  /** @param depth the same limit as without rules: each array in an array is a recursion */
  #compareUnderRules(left: Json, right: Json, path: BodyPath, depth: number): boolean {
    const hits: string[] = [];
    let isEqual = true;
    const onDifference = (): boolean => (isEqual = false);
    const walk = new TreeWalk({ ...this.#context, onDifference, onHit: (rule) => hits.push(rule) });
    walk.run(left, right, { path, parent: null, key: "", candidateKey: "", depth });
    if (!isEqual || this.#budget.isExhausted) return false;
    for (const rule of hits) this.#context.onHit(rule);
    return true;
  }

  /** Compares repeated members one by one. Another number of repetitions is a difference too. */
  #compareDuplicates(left: Json, right: Json, position: TreePosition): void {
    const a = left instanceof Duplicates ? left.values : [left];
    const b = right instanceof Duplicates ? right.values : [right];
    if (a.length > b.length) this.#report("missing", position, left, right);
    else if (a.length < b.length) this.#report("extra", position, left, right);
    else for (const [at, value] of a.entries()) this.#comparePair(value, b[at] as Json, position);
  }

  #reportMissing(position: TreePosition, left: Json, sizes: Sizes | undefined): void {
    // An element with an order has a child that the other one lacks.
    if (left instanceof ElementOrder) return;
    if (this.#allows("superset", position.path) || this.#allowsNull(position, left)) return;
    this.#report("missing", position, left, undefined, sizes);
  }

  #reportExtra(position: TreePosition, right: Json, sizes: Sizes | undefined): void {
    if (right instanceof ElementOrder) return;
    if (this.#allows("subset", position.path) || this.#allowsNull(position, right)) return;
    this.#report("extra", position, undefined, right, sizes);
  }

  /** For members only: an array element that is null exists. */
  #allowsNull({ path, key }: TreePosition, value: Json): boolean {
    return value === null && typeof key === "string" && this.#allows("null-is-missing", path);
  }

  #allows(type: "unordered" | "subset" | "superset" | "null-is-missing", { scope }: BodyPath): boolean {
    const rule = scope?.find(type);
    if (rule !== undefined) this.#context.onHit(rule.id);
    return rule !== undefined;
  }

  #continues(): boolean {
    return !this.#hasEnded && this.#budget.take(1);
  }

  #report(
    kind: DifferenceKind,
    position: TreePosition,
    left: Json | undefined,
    right: Json | undefined,
    sizes?: Sizes,
  ): void {
    if (!this.#context.onDifference({ kind, position, left, right, sizes })) this.#hasEnded = true;
  }
}

const NO_KEYS: readonly (readonly string[])[] = [];

function reverseFrom(items: ContainerPair[], from: number): void {
  for (let [low, high] = [from, items.length - 1]; low < high; low += 1, high -= 1) {
    [items[low], items[high]] = [items[high] as ContainerPair, items[low] as ContainerPair];
  }
}
