import { ExactNumber } from "./exact-number.ts";
import type { Json } from "./json-tree.ts";

/** `digits` × 10^`power`, exactly. */
export interface Decimal {
  readonly digits: bigint;
  readonly power: number;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** RFC 8259 §6. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Longer or further from one, arithmetic could take long; no price, count or measure is. */
const MAX_DIGITS = 400;
const MAX_POWER = 400;

/** The exact value of a number, or of a string that spells one as JSON does; undefined for anything else or beyond bounds. */
export function toDecimal(value: Json): Decimal | undefined {
  if (typeof value === "number") return parseDecimal(String(value));
  if (value instanceof ExactNumber) return parseDecimal(value.source);
  return typeof value === "string" && value.length <= MAX_DIGITS && JSON_NUMBER.test(value)
    ? parseDecimal(value)
    : undefined;
}

function parseDecimal(source: string): Decimal | undefined {
  if (source.length > MAX_DIGITS) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = NUMBER.exec(source) ?? [];
  if (whole === "") return undefined;
  let digits = (whole + fraction).replace(/^0+(?=\d)/, "");
  let power = Number(exponent) - fraction.length;
  const zeros = digits === "0" ? 0 : digits.length - digits.replace(/0+$/, "").length;
  digits = digits.slice(0, digits.length - zeros);
  power = digits === "0" ? 0 : power + zeros;
  if (Math.abs(power) > MAX_POWER) return undefined;
  return { digits: BigInt(sign + digits), power };
}

/** −1, 0 or 1, as the first is smaller, equal or greater. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : Number(x > y);
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  const [x, y] = aligned(a, b);
  return { digits: x - y, power: Math.min(a.power, b.power) };
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, power: a.power + b.power };
}

export function absolute({ digits, power }: Decimal): Decimal {
  return { digits: digits < 0n ? -digits : digits, power };
}

/** How many digits stand behind the point, without zeros at the end. */
export function fractionDigits({ power }: Decimal): number {
  return Math.max(0, -power);
}

function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint] {
  const power = Math.min(a.power, b.power);
  return [a.digits * 10n ** BigInt(a.power - power), b.digits * 10n ** BigInt(b.power - power)];
}
