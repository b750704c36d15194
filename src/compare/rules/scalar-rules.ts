import { unreachable } from "../../lib/unreachable.ts";
import { absolute, compareDecimals, toDecimal, multiply, subtract } from "../tree/exact-number.ts";
import { toInstant, isEpoch } from "../relations/instant.ts";
import { jsonType, type Json } from "../tree/json-tree.ts";
import type { CompiledRule } from "./compiled-rule.ts";

/** RE2 takes linear time, but still a second for a few megabytes: no expression matches a longer text. */
const MAX_MATCHED_CHARS = 200_000;
const MASK = "***";

/**
 * The rules that make two different scalars of the same type equal: a single rule, or all rewriting rules together, applied
 * in order.
 * @returns empty when the values remain different
 */
export function rulesEquating(rules: readonly CompiledRule[], left: Json, right: Json): readonly CompiledRule[] {
  const alone = rules.find((rule) => equates(rule, left, right));
  if (alone !== undefined) return [alone];
  if (typeof left !== "string" || typeof right !== "string") return [];
  const rewriting = rules.filter((rule) => isRewriting(rule));
  return rewriting.length > 1 && rewriteText(rewriting, left) === rewriteText(rewriting, right) ? rewriting : [];
}

/** Applies the rewriting rules to a text. Two texts are equal under the rules when the results are equal. */
export function rewriteText(rules: readonly CompiledRule[], text: string): string {
  return rules.reduce((current, rule) => rewrite(rule, current), text);
}

/** Whether a rule changes texts before they are compared. */
export function isRewriting({ action }: CompiledRule): boolean {
  return action.type === "mask" || action.type === "ignore-case";
}

function rewrite({ action, regex }: CompiledRule, text: string): string {
  if (action.type === "ignore-case") return text.toLowerCase();
  if (action.type !== "mask" || regex === undefined || text.length > MAX_MATCHED_CHARS) return text;
  return regex.matcher(text).replaceAll(MASK);
}

/** Whether a `pattern` rule matches the text. */
export function matchesPattern({ action, regex }: CompiledRule, text: string): boolean {
  return action.type === "pattern" && text.length <= MAX_MATCHED_CHARS && regex?.testExact(text) === true;
}

function equates(rule: CompiledRule, left: Json, right: Json): boolean {
  const { action } = rule;
  switch (action.type) {
    case "type-only":
      return jsonType(left) === jsonType(right);
    case "tolerance":
      return isWithinTolerance(left, right, action);
    case "time":
      return isWithinTime(left, right, action.toleranceMs, action.shiftMs);
    case "pattern":
    case "mask":
    case "ignore-case":
      if (typeof left !== "string" || typeof right !== "string") return false;
      if (action.type === "pattern") return matchesPattern(rule, left) && matchesPattern(rule, right);
      return rewrite(rule, left) === rewrite(rule, right);
    // These apply to arrays and members.
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

/** Computes in exact decimals, so 1.1 and 1.0 differ by exactly 0.1. Also applies to two strings that spell numbers. */
function isWithinTolerance(left: Json, right: Json, tolerance: Tolerance): boolean {
  const [a, b] = [toDecimal(left), toDecimal(right)];
  if (a === undefined || b === undefined) return false;
  const difference = absolute(subtract(b, a));
  const isBelow = (limit: number | undefined, scale = ONE): boolean => {
    const decimal = limit === undefined ? undefined : toDecimal(limit);
    return decimal !== undefined && compareDecimals(difference, multiply(decimal, scale)) <= 0;
  };
  return isBelow(tolerance.absolute) || isBelow(tolerance.relative, absolute(a));
}

const ONE = { digits: 1n, power: 0 };

/**
 * Compares two formatted times or two Unix times, with and without the shift: the same rule applies to the secondary, which has
 * the clock of the primary.
 */
function isWithinTime(left: Json, right: Json, toleranceMs: number, shiftMs: number): boolean {
  const [a, b] = [toInstant(left), toInstant(right)];
  if (a === undefined || b === undefined || isEpoch(left) !== isEpoch(right)) return false;
  const isClose = (distance: number): boolean =>
    // Digits beyond the millisecond matter only at the limit.
    distance < toleranceMs || (distance === toleranceMs && (toleranceMs > 0 || a.rest === b.rest));
  return isClose(Math.abs(b.ms + shiftMs - a.ms)) || isClose(Math.abs(b.ms - a.ms));
}
