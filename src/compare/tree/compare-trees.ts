import type { DifferenceKind, Relation } from "../../model/difference.ts";
import { ComparisonBudget } from "./comparison-budget.ts";
import type { FieldDifference, FieldDifferences } from "../field-difference.ts";
import { SubtreeIds } from "./subtree-ids.ts";
import type { Json } from "./json-tree.ts";
import { MAX_DEPTH, jsonPointer, rootPosition, keysTo } from "./tree-position.ts";
import type { Redactor } from "../redact/body-redactor.ts";
import { FieldRelation } from "../relations/field-relation.ts";
import type { RuleContext } from "../rules/rule-book.ts";
import type { Shown } from "../samples/shown-value.ts";
import { TreeWalk, type TreeDifference } from "./tree-walk.ts";

export interface ComparisonLimits {
  /** Distinct pairs of shape path and kind. */
  readonly maxFields: number;
  /** Values looked at, on both sides together, a value that is looked at twice counting twice. */
  readonly maxValues: number;
  /** Milliseconds. */
  readonly maxMs: number;
}

export const COMPARISON_LIMITS: ComparisonLimits = { maxFields: 100, maxValues: 3_000_000, maxMs: 2_000 };

/**
 * Where two JSON trees differ: one difference per shape path and kind, the first place standing for the others, with what
 * explains all of them. Without recursion. When a limit is hit, `overflow` says so; when the values or the time ran out,
 * there is a `truncated` difference at `$` too, so that a comparison that was cut is never a match.
 * @param context the rules that hold; undefined for none
 * @param shown what stands for a value where it is shown; undefined: the value itself, masked by what its keys say
 */
export function compareTrees(
  primary: Json,
  candidate: Json,
  context?: RuleContext,
  limits = COMPARISON_LIMITS,
  shown?: Shown,
): FieldDifferences {
  const budget = new ComparisonBudget(limits.maxValues, limits.maxMs);
  const fields = new HeaderMap(limits.maxFields, shown);
  const walk = new TreeWalk({
    budget,
    identities: new SubtreeIds(budget),
    found: (found) => fields.add(found),
    hit: context?.hit ?? ignoreHit,
    alike: new Map(),
  });
  walk.run(primary, candidate, rootPosition(context?.rules.body));
  return fields.results(budget.exhausted);
}

function ignoreHit(): void {
  // Without rules nothing is hit.
}

/** What was found, one difference for each shape path and kind. */
class HeaderMap {
  readonly #max: number;
  readonly #shown: Shown | undefined;
  readonly #byKind = new Map<DifferenceKind, Map<string, FieldRelation>>();
  readonly #differences: FieldDifference[] = [];
  #overflow = false;

  constructor(max: number, shown: Shown | undefined) {
    this.#max = max;
    this.#shown = shown;
  }

  /** @returns false when there is no room for it: the walk may end */
  add(found: TreeDifference): boolean {
    const { kind, place, left, right } = found;
    const ofKind = this.#byKind.get(kind) ?? new Map<string, FieldRelation>();
    const path = place.depth >= MAX_DEPTH ? `${place.shape.text}…` : place.shape.text;
    let relation = ofKind.get(path);
    if (relation === undefined) {
      if (this.#differences.length >= this.#max) {
        this.#overflow = true;
        return false;
      }
      relation = new FieldRelation();
      this.#byKind.set(kind, ofKind.set(path, relation));
      this.#differences.push(new BodyFieldDifference(path, found, relation, this.#shown));
    }
    relation.add(kind, left, right);
    return true;
  }

  results(cut: boolean): FieldDifferences {
    return { differences: cut ? [...this.#differences, CUT] : this.#differences, overflow: cut || this.#overflow };
  }
}

/**
 * A class with methods: in V8 an object literal with a getter has a hidden class of its own, which is old from the start and
 * holds the getter, so that all that it refers to, both trees among it, outlived the collections of young objects. Functions
 * that were given to each difference in the constructor had it outlive them, too.
 */
class BodyFieldDifference implements FieldDifference {
  readonly section = "body";
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly #first: TreeDifference;
  readonly #relation: FieldRelation;
  readonly #shown: Shown | undefined;

  constructor(path: string, first: TreeDifference, relation: FieldRelation, shown: Shown | undefined) {
    this.path = path;
    this.kind = first.kind;
    this.#first = first;
    this.#relation = relation;
    this.#shown = shown;
  }

  get relation(): Relation | null {
    return this.#relation.relation;
  }

  detail(redactor: Redactor): ReturnType<FieldDifference["detail"]> {
    const { place, left, right } = this.#first;
    return {
      pointer: jsonPointer(place, left === undefined ? "candidate" : "primary", redactor.key),
      primary: this.#render("primary", left, redactor),
      candidate: this.#render("candidate", right, redactor),
    };
  }

  #render(side: "primary" | "candidate", value: Json | undefined, redactor: Redactor): string | null {
    if (value === undefined) return null;
    const { place } = this.#first;
    const shown = this.#shown === undefined ? value : this.#shown(side, keysTo(place, side), redactor);
    return redactor.value(shown, place.shape.sensitive);
  }
}

const TOO_MUCH = "too much to compare";
const CUT: FieldDifference = {
  section: "body",
  path: "$",
  kind: "truncated",
  detail: () => ({ pointer: "", primary: TOO_MUCH, candidate: TOO_MUCH }),
};
