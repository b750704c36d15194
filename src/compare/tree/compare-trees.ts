import type { DifferenceKind, Relation } from "../../model/difference.ts";
import { ComparisonBudget } from "./comparison-budget.ts";
import type { FieldDifference, FieldDifferences, ValuePair } from "../field-difference.ts";
import { ElementOrder, renderOrders } from "./element-order.ts";
import { SubtreeIds } from "./subtree-ids.ts";
import type { Json } from "./json-tree.ts";
import { MAX_DEPTH, jsonPointer, rootPosition, keysTo } from "./tree-position.ts";
import type { Redactor } from "../redact/redactor.ts";
import { FieldRelation } from "../relations/field-relation.ts";
import type { ComparisonContext } from "../comparison-context.ts";
import type { MaskedLookup } from "../samples/masked-lookup.ts";
import { TreeWalk, type TreeDifference } from "./tree-walk.ts";

export interface ComparisonLimits {
  /** Distinct pairs of field path and kind. */
  readonly maxFields: number;
  /** Values visited on both sides together; a value that is visited twice counts twice. */
  readonly maxValues: number;
  /** Milliseconds. */
  readonly maxMs: number;
}

export const COMPARISON_LIMITS: ComparisonLimits = { maxFields: 100, maxValues: 3_000_000, maxMs: 2_000 };

/**
 * Compares two JSON trees without recursion. Returns one difference per field path and kind, with the values of its first
 * position and the relation that all its positions share. At a limit, `overflow` is true. When the limit on values or time is
 * reached, a `truncated` difference at `$` is added, so that an incomplete comparison is never a match.
 * @param context undefined when nothing is known about the endpoint
 * @param maskedLookup provides the values to show; undefined shows the values themselves, masked by their keys
 */
export function compareTrees(
  primary: Json,
  candidate: Json,
  context?: ComparisonContext,
  limits = COMPARISON_LIMITS,
  maskedLookup?: MaskedLookup,
): FieldDifferences {
  const budget = new ComparisonBudget(limits.maxValues, limits.maxMs);
  const collector = new DifferenceCollector(limits.maxFields, maskedLookup);
  const walk = new TreeWalk({
    budget,
    subtreeIds: new SubtreeIds(budget),
    onDifference: (difference) => collector.add(difference),
    onHit: context?.onHit ?? ignoreHit,
    maps: context?.maps,
    equalPairs: new Map(),
  });
  walk.run(primary, candidate, rootPosition(context?.rules?.body));
  return collector.results(budget.isExhausted);
}

function ignoreHit(): void {
  // There are no rules.
}

/** Collects one difference per field path and kind. */
class DifferenceCollector {
  readonly #maxFields: number;
  readonly #maskedLookup: MaskedLookup | undefined;
  readonly #fields = new Map<DifferenceKind, Map<string, BodyFieldDifference>>();
  readonly #differences: FieldDifference[] = [];
  #overflow = false;

  constructor(maxFields: number, maskedLookup: MaskedLookup | undefined) {
    this.#maxFields = maxFields;
    this.#maskedLookup = maskedLookup;
  }

  /** @returns false when the limit is reached, so the walk can end */
  add(difference: TreeDifference): boolean {
    const { kind, position } = difference;
    const ofKind = this.#fields.get(kind) ?? new Map<string, BodyFieldDifference>();
    const path = position.depth >= MAX_DEPTH ? `${position.path.text}…` : position.path.text;
    let field = ofKind.get(path);
    if (field === undefined) {
      if (this.#differences.length >= this.#maxFields) {
        this.#overflow = true;
        return false;
      }
      field = new BodyFieldDifference(path, difference, this.#maskedLookup);
      this.#fields.set(kind, ofKind.set(path, field));
      this.#differences.push(field);
    }
    field.add(difference);
    return true;
  }

  results(isExhausted: boolean): FieldDifferences {
    return {
      differences: isExhausted ? [...this.#differences, INCOMPLETE] : this.#differences,
      overflow: isExhausted || this.#overflow,
    };
  }
}

/**
 * A class with methods, for the garbage collector. An object literal with a getter has a hidden class of its own in V8, which
 * is allocated in old space and references the getter, so both trees would survive collections of the young generation.
 * Functions that the constructor receives for each difference have the same effect.
 */
class BodyFieldDifference implements FieldDifference {
  readonly section = "body";
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly #first: TreeDifference;
  readonly #relation = new FieldRelation();
  readonly #maskedLookup: MaskedLookup | undefined;
  readonly values: ValuePair[] | undefined;

  constructor(path: string, first: TreeDifference, maskedLookup: MaskedLookup | undefined) {
    this.path = path;
    this.kind = first.kind;
    this.#first = first;
    this.#maskedLookup = maskedLookup;
    this.values = this.kind === "order" ? undefined : [];
  }

  add(difference: TreeDifference): void {
    const { kind, position, left, right } = difference;
    this.#relation.add(kind, left, right);
    if (this.values === undefined || this.values.length >= MAX_VALUES || position.path.isSensitive) return;
    this.values.push(difference);
  }

  get relation(): Relation | null {
    return this.#relation.relation;
  }

  detail(redactor: Redactor): ReturnType<FieldDifference["detail"]> {
    const { position, left, right } = this.#first;
    const [primary, candidate] = shownSides(
      this.#shown("primary", left, redactor),
      this.#shown("candidate", right, redactor),
    );
    const { isSensitive } = position.path;
    const pointer = jsonPointer(position, left === undefined ? "candidate" : "primary", redactor.key);
    if (primary === undefined || candidate === undefined) {
      const shown = (value: Json | undefined): string | null =>
        value === undefined ? null : redactor.value(value, isSensitive);
      return { pointer, primary: shown(primary), candidate: shown(candidate) };
    }
    const [one, other] = redactor.valuePair(primary, candidate, isSensitive);
    return { pointer, primary: one, candidate: other };
  }

  #shown(side: "primary" | "candidate", value: Json | undefined, redactor: Redactor): Json | undefined {
    if (value === undefined || this.#maskedLookup === undefined) return value;
    return this.#maskedLookup(side, keysTo(this.#first.position, side), value, redactor);
  }
}

function shownSides(left: Json | undefined, right: Json | undefined): readonly [Json | undefined, Json | undefined] {
  return left instanceof ElementOrder && right instanceof ElementOrder ? renderOrders(left, right) : [left, right];
}

/** Positions of one field whose values are kept for a closer look. */
const MAX_VALUES = 64;

const TOO_MUCH = "too much to compare";
const INCOMPLETE: FieldDifference = {
  section: "body",
  path: "$",
  kind: "truncated",
  detail: () => ({ pointer: "", primary: TOO_MUCH, candidate: TOO_MUCH }),
};
