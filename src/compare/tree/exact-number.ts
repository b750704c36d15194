/** Two decimals with at most this many significant digits are never the same double (IEEE 754, DBL_DIG). */
const SAFE_DIGITS = 15;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** RFC 8259 §6. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Longer exponents are compared as text: arithmetic on them would take seconds. */
const MAX_EXPONENT_DIGITS = 1_000;
/** Limits for arithmetic, so that it stays fast. No price, count or measurement exceeds them. */
const MAX_DIGITS = 400;
const MAX_POWER = 400;

/** A JSON number whose exact decimal value does not fit a double: 9007199254740993, 1e400, 0.1000000000000000055. */
export class ExactNumber {
  /** Equal values have equal canonical forms. */
  readonly canonical: string;
  /** The number as spelled in the document. */
  readonly source: string;

  constructor(canonical: string, source: string) {
    this.canonical = canonical;
    this.source = source;
  }

  /** Keeps code that inspects types from treating this as a JSON object. */
  get [Symbol.toStringTag](): string {
    return "ExactNumber";
  }
}

/** A decimal for arithmetic: exactly `digits` × 10^`power`. */
export interface Decimal {
  readonly digits: bigint;
  readonly power: number;
}

/**
 * The exact decimal value of a JSON number.
 * @param source a number token that follows RFC 8259 §6
 * @returns a plain number when the shortest spelling of a double is exactly this decimal (1.0 → 1, 1e2 → 100)
 */
export function parseNumber(source: string): number | ExactNumber {
  const value = Number(source);
  if (source.length <= SAFE_DIGITS && !/e/i.test(source)) return value;
  const canonical = canonicalText(source);
  if (Number.isFinite(value) && canonicalText(String(value)) === canonical) return value;
  return new ExactNumber(canonical, source);
}

/**
 * The exact value of a number, or of a string that spells one as JSON does.
 * @returns undefined for any other value, and for numbers beyond the limits for arithmetic
 */
export function toDecimal(value: unknown): Decimal | undefined {
  if (typeof value === "number") return parseDecimal(String(value));
  if (value instanceof ExactNumber) return parseDecimal(value.source);
  return typeof value === "string" && value.length <= MAX_DIGITS && JSON_NUMBER.test(value)
    ? parseDecimal(value)
    : undefined;
}

/** @returns −1, 0 or 1 when the first decimal is smaller than, equal to or greater than the second */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const [x, y] = scaleAlike(a, b);
  return x < y ? -1 : Number(x > y);
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  const [x, y] = scaleAlike(a, b);
  return { digits: x - y, power: Math.min(a.power, b.power) };
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, power: a.power + b.power };
}

export function absolute({ digits, power }: Decimal): Decimal {
  return { digits: digits < 0n ? -digits : digits, power };
}

/** The number of digits after the decimal point, without trailing zeros. */
export function fractionDigits({ power }: Decimal): number {
  return Math.max(0, -power);
}

interface NormalizedNumber {
  readonly sign: string;
  /** Without zeros at either end; empty for zero. */
  readonly digits: string;
  /** A bigint, because an exponent can have many digits itself. */
  readonly power: bigint;
}

/** @returns undefined when the text is not a number or its exponent is too long */
function normalize(source: string): NormalizedNumber | undefined {
  const [, sign = "", integer = "", fraction = "", exponent = "0"] = NUMBER.exec(source) ?? [];
  if (integer === "" || exponent.length > MAX_EXPONENT_DIGITS) return undefined;
  const digits = integer + fraction;
  let start = 0;
  while (digits[start] === "0") start += 1;
  if (start === digits.length) return { sign: "", digits: "", power: 0n };
  let end = digits.length;
  while (digits[end - 1] === "0") end -= 1;
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - end);
  return { sign, digits: digits.slice(start, end), power };
}

/** `-12.50` → `-125e-1`, any zero → `0`. */
function canonicalText(source: string): string {
  const number = normalize(source);
  if (number === undefined) return source;
  return number.digits === "" ? "0" : `${number.sign}${number.digits}e${number.power}`;
}

function parseDecimal(source: string): Decimal | undefined {
  const number = source.length > MAX_DIGITS ? undefined : normalize(source);
  if (number === undefined) return undefined;
  const power = Number(number.power);
  if (Math.abs(power) > MAX_POWER) return undefined;
  return { digits: BigInt(`${number.sign}${number.digits || "0"}`), power };
}

function scaleAlike(a: Decimal, b: Decimal): readonly [bigint, bigint] {
  const power = Math.min(a.power, b.power);
  return [a.digits * 10n ** BigInt(a.power - power), b.digits * 10n ** BigInt(b.power - power)];
}
