/** Up to this many significant digits, two different decimals are never the same double (IEEE 754, DBL_DIG). */
const SAFE_DIGITS = 15;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** A JSON number whose exact decimal value no double has: 9007199254740993, 1e400, 0.1000000000000000055. */
export class ExactNumber {
  /** Equal values have equal canonical forms. */
  readonly canonical: string;
  /** As it was spelled. */
  readonly source: string;

  constructor(canonical: string, source: string) {
    this.canonical = canonical;
    this.source = source;
  }

  /** Keeps anything that looks at types from taking this for a JSON object. */
  get [Symbol.toStringTag](): string {
    return "ExactNumber";
  }
}

/**
 * The exact decimal value of a JSON number.
 * @param source a number token that follows RFC 8259 §6
 * @returns a plain number when a double has exactly this decimal as its shortest spelling (1.0 → 1, 1e2 → 100)
 */
export function parseNumber(source: string): number | ExactNumber {
  const value = Number(source);
  if (source.length <= SAFE_DIGITS && !/e/i.test(source)) return value;
  const canonical = canonicalDecimal(source);
  if (Number.isFinite(value) && canonicalDecimal(String(value)) === canonical) return value;
  return new ExactNumber(canonical, source);
}

/** An exponent of more digits is compared as it is spelled: its arithmetic would take seconds. */
const MAX_EXPONENT_DIGITS = 1_000;

/** Sign, digits without zeros at either end, and a power of ten: `-12.50` → `-125e-1`, any zero → `0`. */
function canonicalDecimal(source: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = NUMBER.exec(source) ?? [];
  if (exponent.length > MAX_EXPONENT_DIGITS) return source;
  const digits = whole + fraction;
  let start = 0;
  while (digits[start] === "0") start += 1;
  if (start === digits.length) return "0";
  let end = digits.length;
  while (digits[end - 1] === "0") end -= 1;
  // Exponents may have any number of digits themselves.
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - end);
  return `${sign}${digits.slice(start, end)}e${power}`;
}
