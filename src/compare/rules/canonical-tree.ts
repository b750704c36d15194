import type { ComparisonBudget } from "../tree/comparison-budget.ts";
import { Duplicates, jsonType, type Json, type JsonObject } from "../tree/json-tree.ts";
import type { BodyPath } from "../tree/body-path.ts";
import type { SubtreeIds } from "../tree/subtree-ids.ts";
import { matchesPattern, rewrites, rewritten } from "./scalar-rules.ts";

/** Levels below which rules of arrays and texts are not looked for: paths end there too. */
const MAX_DEPTH = 100;

/**
 * A tree in the form in which trees that the rules leave equal are the same: texts masked and in lower case, members that
 * are null left out, elements without order sorted. Only rules that sort values into classes can be told in this way:
 * tolerances and subsets are left to those who compare two values.
 */
export function canonicalTree(
  value: Json,
  shape: BodyPath,
  identities: SubtreeIds,
  budget: ComparisonBudget,
  depth = 0,
): Json {
  const { scope } = shape;
  if (scope === undefined || depth > MAX_DEPTH || value instanceof Duplicates || !budget.take(1)) return value;
  const child = (one: Json, at: BodyPath): Json => canonicalTree(one, at, identities, budget, depth + 1);
  if (Array.isArray(value)) {
    const element = shape.element();
    const elements = value.map((one) => child(one, element));
    if (scope.find("unordered") === undefined) return elements;
    return elements
      .map((one) => ({ one, id: identities.of(one) ?? 0 }))
      .toSorted((a, b) => a.id - b.id)
      .map(({ one }) => one);
  }
  if (jsonType(value) === "object") {
    const members: JsonObject = Object.create(null) as JsonObject;
    for (const [key, one] of Object.entries(value as JsonObject)) {
      const at = shape.member(key);
      if (one !== null || at.scope?.find("null-is-missing") === undefined) members[key] = child(one, at);
    }
    return members;
  }
  if (scope.find("type-only") !== undefined) return ["type", jsonType(value)];
  if (typeof value !== "string") return value;
  const pattern = scope.active.find((rule) => matchesPattern(rule, value));
  return pattern === undefined
    ? rewritten(
        scope.active.filter((rule) => rewrites(rule)),
        value,
      )
    : ["rule", pattern.id];
}
