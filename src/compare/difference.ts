import type { DifferenceKind } from "../model/difference.ts";
import { align } from "./align.ts";
import { Budget } from "./budget.ts";
import { equal } from "./equal.ts";
import type { Finding, Findings } from "./finding.ts";
import { Identities } from "./identity.ts";
import { Duplicates, jsonType, sameScalar, type Json, type JsonObject } from "./json.ts";
import { isPairValue, namesSecret } from "./name-value.ts";
import { MAX_DEPTH, childPlace, pointerTo, rootPlace, type Place } from "./place.ts";

export interface DifferenceLimits {
  /** Distinct pairs of shape path and kind. */
  readonly maxFields: number;
  /** Values looked at, on both sides together, a value that is looked at twice counting twice. */
  readonly maxValues: number;
}

export const DIFFERENCE_LIMITS: DifferenceLimits = { maxFields: 100, maxValues: 3_000_000 };

/**
 * Where two JSON trees differ: one finding per shape path and kind, the first place standing for the others. Without
 * recursion. When a limit is hit, `overflow` says so; when the values ran out, there is a `truncated` finding at `$` too, so
 * that a comparison that was cut is never a match.
 */
export function differences(primary: Json, candidate: Json, limits = DIFFERENCE_LIMITS): Findings {
  const walk = new Walk(limits);
  walk.pair(primary, candidate, rootPlace());
  return walk.run();
}

interface Pair {
  readonly left: Json;
  readonly right: Json;
  readonly place: Place;
}

class Walk {
  readonly #limits: DifferenceLimits;
  readonly #budget: Budget;
  readonly #identities: Identities;
  readonly #open: Pair[] = [];
  readonly #findings: Finding[] = [];
  #overflow = false;

  constructor(limits: DifferenceLimits) {
    this.#limits = limits;
    this.#budget = new Budget(limits.maxValues);
    this.#identities = new Identities(this.#budget);
  }

  run(): Findings {
    for (let pair = this.#open.pop(); pair !== undefined && !this.#overflow; pair = this.#open.pop()) {
      const from = this.#open.length;
      this.#visit(pair);
      // The last one is taken first; this keeps the order of the document.
      reverseFrom(this.#open, from);
      if (this.#budget.exhausted) this.#cut();
    }
    return { findings: this.#findings, overflow: this.#overflow };
  }

  /** Containers are looked into later, everything else at once. */
  pair(left: Json, right: Json, place: Place): void {
    const type = jsonType(left);
    if (left instanceof Duplicates || right instanceof Duplicates) this.#duplicates(left, right, place);
    else if (type !== jsonType(right)) this.#found("type", place, left, right);
    else if (type === "array" || type === "object") this.#open.push({ left, right, place });
    else if (!sameScalar(left, right)) this.#found("value", place, left, right);
  }

  #visit({ left, right, place }: Pair): void {
    if (place.depth >= MAX_DEPTH) {
      if (!equal(left, right, this.#budget)) this.#found("value", place, left, right);
    } else if (Array.isArray(left)) this.#arrays(left, right as Json[], place);
    else this.#objects(left as JsonObject, right as JsonObject, place);
  }

  #objects(left: JsonObject, right: JsonObject, place: Place): void {
    const child = (key: string): Place =>
      childPlace(place, key, isPairValue(key) && (namesSecret(left) || namesSecret(right)));
    for (const key of Object.keys(left)) {
      if (!this.#goOn()) return;
      const [a, b] = [left[key] as Json, Object.hasOwn(right, key) ? right[key] : undefined];
      if (b === undefined) this.#found("missing", child(key), a, undefined);
      else if (a !== b) this.pair(a, b, child(key));
    }
    for (const key of Object.keys(right)) {
      if (!this.#goOn()) return;
      if (!Object.hasOwn(left, key)) this.#found("extra", child(key), undefined, right[key]);
    }
  }

  #arrays(left: readonly Json[], right: readonly Json[], place: Place): void {
    const { changed, missing, extra, reordered } = align(left, right, this.#identities, this.#budget);
    if (this.#budget.exhausted) return;
    if (reordered) this.#found("order", place, left as Json, right as Json);
    for (const [index, other] of changed) {
      if (!this.#goOn()) return;
      this.pair(left[index] as Json, right[other] as Json, childPlace(place, index));
    }
    const [lost, added] = [missing[0], extra[0]];
    if (lost !== undefined) this.#found("missing", childPlace(place, lost), left[lost], undefined);
    if (added !== undefined) this.#found("extra", childPlace(place, added), undefined, right[added]);
  }

  /** What an object says twice is compared occurrence by occurrence; saying it more often is itself a difference. */
  #duplicates(left: Json, right: Json, place: Place): void {
    const a = left instanceof Duplicates ? left.values : [left];
    const b = right instanceof Duplicates ? right.values : [right];
    if (a.length > b.length) this.#found("missing", place, left, right);
    else if (a.length < b.length) this.#found("extra", place, left, right);
    else for (const [at, value] of a.entries()) this.pair(value, b[at] as Json, place);
  }

  #goOn(): boolean {
    return !this.#overflow && this.#budget.take(1);
  }

  #found(kind: DifferenceKind, place: Place, left: Json | undefined, right: Json | undefined): void {
    const { shape } = place;
    if (shape.kinds.has(kind)) return;
    if (this.#findings.length >= this.#limits.maxFields) {
      this.#overflow = true;
      return;
    }
    shape.kinds.add(kind);
    this.#findings.push({
      section: "body",
      path: place.depth >= MAX_DEPTH ? `${shape.text}…` : shape.text,
      kind,
      detail: (redactor) => ({
        pointer: pointerTo(place, redactor.key),
        primary: left === undefined ? null : redactor.value(left, shape.sensitive),
        candidate: right === undefined ? null : redactor.value(right, shape.sensitive),
      }),
    });
  }

  #cut(): void {
    this.#overflow = true;
    this.#findings.push({
      section: "body",
      path: "$",
      kind: "truncated",
      detail: () => ({ pointer: "", primary: "too many values to compare", candidate: "too many values to compare" }),
    });
  }
}

function reverseFrom(items: Pair[], from: number): void {
  for (let [low, high] = [from, items.length - 1]; low < high; low += 1, high -= 1) {
    [items[low], items[high]] = [items[high] as Pair, items[low] as Pair];
  }
}
