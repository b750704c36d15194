import type { ComparisonBudget } from "../tree/comparison-budget.ts";
import { Duplicates, jsonType, type Json, type JsonObject } from "../tree/json-tree.ts";
import type { BodyPath } from "../tree/body-path.ts";
import type { SubtreeIds } from "../tree/subtree-ids.ts";
import { isRewriting, matchesPattern, rewriteText } from "./scalar-rules.ts";

/** Field paths end at this depth, so no rule applies below it. */
const MAX_DEPTH = 100;

/**
 * The canonical form of a tree under the rules: trees with the same form are equal under the rules. Texts are masked and in
 * lower case, null members are omitted and unordered elements are sorted. Only rules that divide values into classes have a
 * canonical form; tolerances and subsets need a comparison of two values.
 */
export function canonicalTree(
  value: Json,
  path: BodyPath,
  subtreeIds: SubtreeIds,
  budget: ComparisonBudget,
  depth = 0,
): Json {
  const { scope } = path;
  if (scope === undefined || depth > MAX_DEPTH || value instanceof Duplicates || !budget.take(1)) return value;
  const child = (value: Json, childPath: BodyPath): Json =>
    canonicalTree(value, childPath, subtreeIds, budget, depth + 1);
  if (Array.isArray(value)) {
    const element = path.element();
    const elements = value.map((one) => child(one, element));
    if (scope.find("unordered") === undefined) return elements;
    return elements
      .map((one) => ({ one, id: subtreeIds.of(one) ?? 0 }))
      .toSorted((a, b) => a.id - b.id)
      .map(({ one }) => one);
  }
  if (jsonType(value) === "object") {
    const members: JsonObject = Object.create(null) as JsonObject;
    for (const [key, one] of Object.entries(value as JsonObject)) {
      const at = path.member(key);
      if (one !== null || at.scope?.find("null-is-missing") === undefined) members[key] = child(one, at);
    }
    return members;
  }
  if (scope.find("type-only") !== undefined) return ["type", jsonType(value)];
  if (typeof value !== "string") return value;
  const pattern = scope.active.find((rule) => matchesPattern(rule, value));
  return pattern === undefined
    ? rewriteText(
        scope.active.filter((rule) => isRewriting(rule)),
        value,
      )
    : ["rule", pattern.id];
}
