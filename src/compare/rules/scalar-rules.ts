import { unreachable } from "../../lib/unreachable.ts";
import { absolute, compareDecimals, toDecimal, multiply, subtract } from "../tree/exact-number.ts";
import { instantOf, isEpoch } from "../relations/instant.ts";
import { jsonType, type Json } from "../tree/json-tree.ts";
import type { CompiledRule } from "./compiled-rule.ts";

/** RE2 is linear, and still takes a second for some megabytes: a longer text is matched by no expression. */
const MAX_MATCHED_CHARS = 200_000;
const MASK = "***";

/**
 * The rules that make two different values equal, which are no containers and of one type. One rule alone is enough;
 * otherwise what all rules on texts leave of both, in their order.
 * @returns empty when they stay different
 */
export function rulesEquating(rules: readonly CompiledRule[], left: Json, right: Json): readonly CompiledRule[] {
  const alone = rules.find((rule) => equates(rule, left, right));
  if (alone !== undefined) return [alone];
  if (typeof left !== "string" || typeof right !== "string") return [];
  const rewriting = rules.filter((rule) => rewrites(rule));
  return rewriting.length > 1 && rewritten(rewriting, left) === rewritten(rewriting, right) ? rewriting : [];
}

/** The text that stands for one in comparisons under rules by which equal texts are those with equal stand-ins. */
export function rewritten(rules: readonly CompiledRule[], text: string): string {
  return rules.reduce((current, rule) => rewrite(rule, current), text);
}

export function rewrites({ action }: CompiledRule): boolean {
  return action.type === "mask" || action.type === "ignore-case";
}

function rewrite({ action, regex }: CompiledRule, text: string): string {
  if (action.type === "ignore-case") return text.toLowerCase();
  if (action.type !== "mask" || regex === undefined || text.length > MAX_MATCHED_CHARS) return text;
  return regex.matcher(text).replaceAll(MASK);
}

/** Whether a text is one of those that a `pattern` rule takes for equal. */
export function matchesPattern({ action, regex }: CompiledRule, text: string): boolean {
  return action.type === "pattern" && text.length <= MAX_MATCHED_CHARS && regex?.testExact(text) === true;
}

function equates(rule: CompiledRule, left: Json, right: Json): boolean {
  const { action } = rule;
  switch (action.type) {
    case "type-only":
      return jsonType(left) === jsonType(right);
    case "tolerance":
      return withinTolerance(left, right, action);
    case "time":
      return withinTime(left, right, action.toleranceMs, action.shiftMs);
    case "pattern":
    case "mask":
    case "ignore-case":
      if (typeof left !== "string" || typeof right !== "string") return false;
      if (action.type === "pattern") return matchesPattern(rule, left) && matchesPattern(rule, right);
      return rewrite(rule, left) === rewrite(rule, right);
    // These act on arrays and members.
    case "unordered":
    case "keyed":
    case "null-is-missing":
    case "subset":
    case "superset":
      return false;
  }
  return unreachable(action);
}

interface Tolerance {
  readonly absolute?: number | undefined;
  readonly relative?: number | undefined;
}

/** In exact decimals: 1.1 and 1.0 differ by 0.1 and no more. Also for two strings that spell numbers. */
function withinTolerance(left: Json, right: Json, tolerance: Tolerance): boolean {
  const [a, b] = [toDecimal(left), toDecimal(right)];
  if (a === undefined || b === undefined) return false;
  const apart = absolute(subtract(b, a));
  const within = (limit: number | undefined, of = ONE): boolean => {
    const decimal = limit === undefined ? undefined : toDecimal(limit);
    return decimal !== undefined && compareDecimals(apart, multiply(decimal, of)) <= 0;
  };
  return within(tolerance.absolute) || within(tolerance.relative, absolute(a));
}

const ONE = { digits: 1n, power: 0 };

/**
 * Written times in whatever format, or Unix times. Moved or as they are: the secondary, which is held against the same rule, has
 * the primary's clock.
 */
function withinTime(left: Json, right: Json, toleranceMs: number, shiftMs: number): boolean {
  const [a, b] = [instantOf(left), instantOf(right)];
  if (a === undefined || b === undefined || isEpoch(left) !== isEpoch(right)) return false;
  const within = (apart: number): boolean =>
    // What stands beyond the millisecond decides only at the edge.
    apart < toleranceMs || (apart === toleranceMs && (toleranceMs > 0 || a.rest === b.rest));
  return within(Math.abs(b.ms + shiftMs - a.ms)) || within(Math.abs(b.ms - a.ms));
}
