import type { Relation } from "../../model/difference.ts";
import {
  absolute,
  compareDecimals,
  toDecimal,
  fractionDigits,
  multiply,
  subtract,
  type Decimal,
} from "../tree/exact-number.ts";
import type { Json } from "../tree/json-tree.ts";

const HUNDRED: Decimal = { digits: 1n, power: 2 };
/** A few units in the last place: the error of another order of additions. */
const LAST_PLACES = 4 * Number.EPSILON;

/** A single-precision float has 6 to 9 significant digits (IEEE 754, FLT_DIG and FLT_DECIMAL_DIG). */
const SINGLE_DIGITS = [6, 7, 8, 9] as const;

/** Whether two values represent the same number, as numbers or strings. */
export function sameNumber(left: Json, right: Json): boolean {
  const [a, b] = [toDecimal(left), toDecimal(right)];
  return a !== undefined && b !== undefined && compareDecimals(a, b) === 0;
}

/** The relation between two different numbers, or two strings that spell numbers: `1.50` and `1.5` are rounded too. */
export function numberRelation(left: Json, right: Json): Relation | null {
  const [a, b] = [toDecimal(left), toDecimal(right)];
  const sameType = (typeof left === "string") === (typeof right === "string");
  if (a === undefined || b === undefined || !sameType) return null;
  const zero = a.digits === 0n || b.digits === 0n;
  if (!zero && (compareDecimals(multiply(a, HUNDRED), b) === 0 || compareDecimals(a, multiply(b, HUNDRED)) === 0)) {
    return "times-100";
  }
  return isRounded(a, b) || isRounded(b, a) || sameFloat(a, b) ? "rounding" : null;
}

/** Whether `short` is `long` with fewer decimals: rounded half up, rounded half to even, or truncated. */
function isRounded(long: Decimal, short: Decimal): boolean {
  const decimals = fractionDigits(short);
  if (fractionDigits(long) <= decimals) return compareDecimals(long, short) === 0;
  const difference = absolute(subtract(long, short));
  const half: Decimal = { digits: 5n, power: -decimals - 1 };
  if (compareDecimals(difference, half) <= 0) return true;
  const unit: Decimal = { digits: 1n, power: -decimals };
  const towardsZero = compareDecimals(absolute(short), absolute(long)) < 0;
  return decimals > 0 && towardsZero && compareDecimals(difference, unit) < 0;
}

/** Whether float arithmetic explains the difference: the same double, doubles that differ in the last places, or a single. */
function sameFloat(a: Decimal, b: Decimal): boolean {
  const [x, y] = [toDouble(a), toDouble(b)];
  if (!Number.isFinite(x) || !Number.isFinite(y)) return false;
  if (x === y) return true;
  if (Number.isInteger(x) && Number.isInteger(y)) return false;
  if (Math.abs(x - y) <= LAST_PLACES * Math.max(Math.abs(x), Math.abs(y))) return true;
  return isSingle(x, y) || isSingle(y, x);
}

/** Whether `single` is `value` in single precision: the exact value, or the shortest decimal that rounds to it. */
function isSingle(value: number, single: number): boolean {
  const rounded = Math.fround(value);
  if (rounded === single) return true;
  if (Math.fround(single) !== rounded) return false;
  const shortest = SINGLE_DIGITS.map((digits) => Number(value.toPrecision(digits))).find(
    (short) => Math.fround(short) === rounded,
  );
  return shortest === single;
}

function toDouble({ digits, power }: Decimal): number {
  return Number(`${digits}e${power}`);
}
