import { array, assert, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { alignArrays } from "../../../src/compare/tree/array-alignment.ts";
import { ComparisonBudget } from "../../../src/compare/tree/comparison-budget.ts";
import { SubtreeIds } from "../../../src/compare/tree/subtree-ids.ts";
import { inferredKeys } from "../../../src/compare/tree/element-keys.ts";
import { ElementMatching } from "../../../src/compare/tree/element-matching.ts";
import { rootPosition } from "../../../src/compare/tree/tree-position.ts";

const elements = array(record({ id: integer({ min: 0, max: 5 }), n: integer({ min: 0, max: 1 }) }), { maxLength: 6 });

describe("alignArrays", () => {
  it("pairs elements with unmoved keys like the matching by these keys", () => {
    let inPlace = 0;
    assert(
      property(elements, elements, (left, other) => {
        // Half of them have the keys of the left side.
        const right = other.length % 2 === 0 ? left.map(({ id }, at) => ({ id, n: other[at]?.n ?? 0 })) : other;
        const budget = new ComparisonBudget(100_000);
        const keys = inferredKeys(left, right, budget);
        if (keys === undefined || keys.left !== keys.right) return;
        const unequal = [...left.keys()].filter((at) => left[at]?.n !== right[at]?.n);
        if (unequal.length === 0) return;
        inPlace += 1;
        const matching = new ElementMatching(unequal, unequal);
        matching.pairByKey({ left: left.map(({ id }) => id), right: right.map(({ id }) => id) });
        const context = {
          subtreeIds: new SubtreeIds(budget),
          budget,
          path: rootPosition(undefined).path,
          equalUnderRules: undefined,
          keys: [],
        };
        expect(alignArrays(left, right, context)).toEqual({ ...matching.pairInOrder(), matching: undefined });
      }),
      { numRuns: 5_000, seed: 1 },
    );
    expect(inPlace).toBe(609);
  });
});
