import type { DifferenceKind, Relation } from "../../model/difference.ts";
import { ComparisonBudget } from "./comparison-budget.ts";
import type { FieldDifference, FieldDifferences } from "../field-difference.ts";
import { SubtreeIds } from "./subtree-ids.ts";
import type { Json } from "./json-tree.ts";
import { MAX_DEPTH, jsonPointer, rootPosition, keysTo } from "./tree-position.ts";
import type { Redactor } from "../redact/redactor.ts";
import { FieldRelation } from "../relations/field-relation.ts";
import type { RuleContext } from "../rules/rule-book.ts";
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
 * @param context the active rules; undefined when there are none
 * @param maskedLookup provides the values to show; undefined shows the values themselves, masked by their keys
 */
export function compareTrees(
  primary: Json,
  candidate: Json,
  context?: RuleContext,
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
    equalPairs: new Map(),
  });
  walk.run(primary, candidate, rootPosition(context?.rules.body));
  return collector.results(budget.isExhausted);
}

function ignoreHit(): void {
  // There are no rules.
}

/** Collects one difference per field path and kind. */
class DifferenceCollector {
  readonly #maxFields: number;
  readonly #maskedLookup: MaskedLookup | undefined;
  readonly #relations = new Map<DifferenceKind, Map<string, FieldRelation>>();
  readonly #differences: FieldDifference[] = [];
  #overflow = false;

  constructor(maxFields: number, maskedLookup: MaskedLookup | undefined) {
    this.#maxFields = maxFields;
    this.#maskedLookup = maskedLookup;
  }

  /** @returns false when the limit is reached, so the walk can end */
  add(difference: TreeDifference): boolean {
    const { kind, position, left, right } = difference;
    const ofKind = this.#relations.get(kind) ?? new Map<string, FieldRelation>();
    const path = position.depth >= MAX_DEPTH ? `${position.path.text}…` : position.path.text;
    let relation = ofKind.get(path);
    if (relation === undefined) {
      if (this.#differences.length >= this.#maxFields) {
        this.#overflow = true;
        return false;
      }
      relation = new FieldRelation();
      this.#relations.set(kind, ofKind.set(path, relation));
      this.#differences.push(new BodyFieldDifference(path, difference, relation, this.#maskedLookup));
    }
    relation.add(kind, left, right);
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
  readonly #relation: FieldRelation;
  readonly #maskedLookup: MaskedLookup | undefined;

  constructor(path: string, first: TreeDifference, relation: FieldRelation, maskedLookup: MaskedLookup | undefined) {
    this.path = path;
    this.kind = first.kind;
    this.#first = first;
    this.#relation = relation;
    this.#maskedLookup = maskedLookup;
  }

  get relation(): Relation | null {
    return this.#relation.relation;
  }

  detail(redactor: Redactor): ReturnType<FieldDifference["detail"]> {
    const { position, left, right } = this.#first;
    return {
      pointer: jsonPointer(position, left === undefined ? "candidate" : "primary", redactor.key),
      primary: this.#render("primary", left, redactor),
      candidate: this.#render("candidate", right, redactor),
    };
  }

  #render(side: "primary" | "candidate", value: Json | undefined, redactor: Redactor): string | null {
    if (value === undefined) return null;
    const { position } = this.#first;
    const shown =
      this.#maskedLookup === undefined ? value : this.#maskedLookup(side, keysTo(position, side), value, redactor);
    return redactor.value(shown, position.path.isSensitive);
  }
}

const TOO_MUCH = "too much to compare";
const INCOMPLETE: FieldDifference = {
  section: "body",
  path: "$",
  kind: "truncated",
  detail: () => ({ pointer: "", primary: TOO_MUCH, candidate: TOO_MUCH }),
};
