import type { DifferenceKind } from "../../model/difference.ts";
import { alignArrays } from "./array-alignment.ts";
import type { ComparisonBudget } from "./comparison-budget.ts";
import { hasDataKeys } from "./dynamic-keys.ts";
import { treesEqual } from "./tree-equality.ts";
import type { SubtreeIds } from "./subtree-ids.ts";
import { Duplicates, jsonType, sameScalar, type Json, type JsonObject } from "./json-tree.ts";
import { isPairValue, namesSecret } from "../redact/name-value.ts";
import { MAX_DEPTH, childPosition, type TreePosition } from "./tree-position.ts";
import type { BodyPath } from "./body-path.ts";
import { rulesEquating } from "../rules/scalar-rules.ts";

/** One place where two trees differ. */
export interface TreeDifference {
  readonly kind: DifferenceKind;
  readonly place: TreePosition;
  /** Undefined where the primary has nothing. */
  readonly left: Json | undefined;
  readonly right: Json | undefined;
}

export interface WalkContext {
  readonly budget: ComparisonBudget;
  readonly identities: SubtreeIds;
  /** @returns false to end the walk */
  readonly found: (found: TreeDifference) => boolean;
  /** Told when a rule takes a difference away. */
  readonly hit: (rule: string) => void;
  /** What is known of pairs of containers that were asked for before. */
  readonly alike: Map<Json, Map<Json, boolean>>;
}

interface Pair {
  readonly left: Json;
  readonly right: Json;
  readonly place: TreePosition;
}

/** DecodedText that cost a rule with an expression as much as looking at a value. */
const CHARS_PER_VALUE = 4;

/** Goes through two trees side by side, and tells what differs and is not taken away by a rule. */
export class TreeWalk {
  readonly #tools: WalkContext;
  readonly #budget: ComparisonBudget;
  readonly #open: Pair[] = [];
  #ended = false;

  constructor(tools: WalkContext) {
    this.#tools = tools;
    this.#budget = tools.budget;
  }

  run(left: Json, right: Json, place: TreePosition): void {
    this.#pair(left, right, place);
    for (let pair = this.#open.pop(); pair !== undefined && this.#goOn(); pair = this.#open.pop()) {
      const from = this.#open.length;
      this.#visit(pair);
      // The last one is taken first; this keeps the order of the document.
      reverseFrom(this.#open, from);
    }
  }

  /** Containers are looked into later, everything else at once. */
  #pair(left: Json, right: Json, place: TreePosition): void {
    if (left === right) return;
    const type = jsonType(left);
    if (left instanceof Duplicates || right instanceof Duplicates) this.#duplicates(left, right, place);
    else if (type !== jsonType(right)) this.#found("type", place, left, right);
    else if (type === "array" || type === "object") this.#open.push({ left, right, place });
    else if (!sameScalar(left, right) && !this.#equated(left, right, place)) this.#found("value", place, left, right);
  }

  #equated(left: Json, right: Json, { shape }: TreePosition): boolean {
    if (shape.scope === undefined || shape.scope.active.length === 0) return false;
    if (typeof left === "string" && typeof right === "string") {
      if (!this.#budget.take((left.length + right.length) / CHARS_PER_VALUE)) return false;
    }
    const rules = rulesEquating(shape.scope.active, left, right);
    for (const { id } of rules) this.#tools.hit(id);
    return rules.length > 0;
  }

  #visit({ left, right, place }: Pair): void {
    if (place.depth >= MAX_DEPTH) {
      if (!treesEqual(left, right, this.#budget)) this.#found("value", place, left, right);
    } else if (Array.isArray(left)) this.#arrays(left, right as Json[], place);
    else this.#objects(left as JsonObject, right as JsonObject, place);
  }

  #objects(left: JsonObject, right: JsonObject, place: TreePosition): void {
    let isData: boolean | undefined;
    const child = (key: string): TreePosition => {
      isData ??= hasDataKeys(left);
      const secret = isPairValue(key) && (namesSecret(left) || namesSecret(right));
      return childPosition(place, place.shape.member(key, isData, secret), key);
    };
    let shared = 0;
    for (const key of Object.keys(left)) {
      if (!this.#goOn()) return;
      const a = left[key] as Json;
      if (!Object.hasOwn(right, key)) {
        this.#missing(child(key), a);
        continue;
      }
      shared += 1;
      if (a !== right[key]) this.#pair(a, right[key] as Json, child(key));
    }
    const keys = Object.keys(right);
    if (keys.length === shared) return;
    for (const key of keys) {
      if (!this.#goOn()) return;
      if (!Object.hasOwn(left, key)) this.#extra(child(key), right[key] as Json);
    }
  }

  #arrays(left: readonly Json[], right: readonly Json[], place: TreePosition): void {
    const { scope } = place.shape;
    const shape = place.shape.element();
    const { changed, missing, extra, reordered } = alignArrays(left, right, {
      identities: this.#tools.identities,
      budget: this.#budget,
      shape,
      alike: shape.scope === undefined ? undefined : (i, j) => this.#alike(left[i] as Json, right[j] as Json, shape),
      keys:
        scope === undefined
          ? NO_KEYS
          : scope.active.flatMap(({ action }) => (action.type === "keyed" ? [action.by] : [])),
    });
    if (this.#budget.exhausted) return;
    if (reordered && !this.#allowed("unordered", place.shape)) this.#found("order", place, left as Json, right as Json);
    for (const [index, other] of changed) {
      if (!this.#goOn()) return;
      this.#pair(left[index] as Json, right[other] as Json, childPosition(place, shape, index, other));
    }
    for (const index of missing) {
      if (!this.#goOn()) return;
      this.#missing(childPosition(place, shape, index), left[index] as Json);
    }
    for (const index of extra) {
      if (!this.#goOn()) return;
      this.#extra(childPosition(place, shape, index), right[index] as Json);
    }
  }

  /** Whether the rules leave no difference between two values. What they take away counts as taken away only then. */
  #alike(left: Json, right: Json, shape: BodyPath): boolean {
    const known = this.#tools.alike.get(left) ?? new Map<Json, boolean>();
    const before = known.get(right);
    if (before !== undefined) return before;
    const alike = this.#isAlike(left, right, shape);
    // Each pair is looked into once: arrays in arrays would ask again and again.
    if (typeof left === "object") this.#tools.alike.set(left, known.set(right, alike));
    return alike;
  }

  #isAlike(left: Json, right: Json, shape: BodyPath): boolean {
    const hits: string[] = [];
    let alike = true;
    const found = (): boolean => (alike = false);
    const walk = new TreeWalk({ ...this.#tools, found, hit: (rule) => hits.push(rule) });
    walk.run(left, right, { shape, parent: null, key: "", other: "", depth: 0 });
    if (!alike || this.#budget.exhausted) return false;
    for (const rule of hits) this.#tools.hit(rule);
    return true;
  }

  /** What an object says twice is compared occurrence by occurrence; saying it more often is itself a difference. */
  #duplicates(left: Json, right: Json, place: TreePosition): void {
    const a = left instanceof Duplicates ? left.values : [left];
    const b = right instanceof Duplicates ? right.values : [right];
    if (a.length > b.length) this.#found("missing", place, left, right);
    else if (a.length < b.length) this.#found("extra", place, left, right);
    else for (const [at, value] of a.entries()) this.#pair(value, b[at] as Json, place);
  }

  #missing(place: TreePosition, left: Json): void {
    if (this.#allowed("superset", place.shape) || this.#allowedNull(place, left)) return;
    this.#found("missing", place, left, undefined);
  }

  #extra(place: TreePosition, right: Json): void {
    if (this.#allowed("subset", place.shape) || this.#allowedNull(place, right)) return;
    this.#found("extra", place, undefined, right);
  }

  /** An element that is null is there; a member that is null may be as good as missing. */
  #allowedNull({ shape, key }: TreePosition, value: Json): boolean {
    return value === null && typeof key === "string" && this.#allowed("null-is-missing", shape);
  }

  #allowed(type: "unordered" | "subset" | "superset" | "null-is-missing", { scope }: BodyPath): boolean {
    const rule = scope?.find(type);
    if (rule !== undefined) this.#tools.hit(rule.id);
    return rule !== undefined;
  }

  #goOn(): boolean {
    return !this.#ended && this.#budget.take(1);
  }

  #found(kind: DifferenceKind, place: TreePosition, left: Json | undefined, right: Json | undefined): void {
    if (!this.#tools.found({ kind, place, left, right })) this.#ended = true;
  }
}

const NO_KEYS: readonly (readonly string[])[] = [];

function reverseFrom(items: Pair[], from: number): void {
  for (let [low, high] = [from, items.length - 1]; low < high; low += 1, high -= 1) {
    [items[low], items[high]] = [items[high] as Pair, items[low] as Pair];
  }
}
