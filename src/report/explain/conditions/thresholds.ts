import type { AttributeColumn } from "./attribute-columns.ts";
import { numberOf } from "./number-of.ts";
import type { ValueGroup } from "./value-group.ts";

/** Limits between the numbers of an attribute, each with the values up to it and above it. */
export function thresholdsAt(
  { values, numbers }: Pick<AttributeColumn, "values" | "numbers">,
  isTested: (place: number) => boolean = () => true,
): readonly ValueGroup[] {
  const groups: ValueGroup[] = [];
  for (let at = 1; at < numbers; at++) {
    const [last, next] = [numberOf(values[at - 1] ?? null) ?? 0, numberOf(values[at] ?? null) ?? 0];
    // 1 and "1" are one number.
    if (last === next || !isTested(at)) continue;
    const value = roundBetween(last, next);
    groups.push({ test: "at-most", value, from: 0, to: at }, { test: "above", value, from: at, to: numbers });
  }
  return groups;
}

/**
 * The roundest number from one number up to below the next larger one: 5,000 from 4,404 up to 5,001. Any of them divides the
 * kept exchanges alike; programs have round limits.
 */
export function roundBetween(from: number, below: number): number {
  const magnitude = Math.ceil(Math.log10(Math.max(Math.abs(from), Math.abs(below), 1)));
  for (let power = magnitude; power >= -3; power--) {
    // Powers below 1 are divided by, because 0.1 has no exact value.
    const rounded =
      power >= 0 ? Math.ceil(from / 10 ** power) * 10 ** power : Math.ceil(from * 10 ** -power) / 10 ** -power;
    if (rounded >= from && rounded < below) return rounded;
  }
  return from;
}
