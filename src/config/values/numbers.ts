import { describeValue, type Parsed, type ValueType } from "./value-type.ts";

interface Range {
  readonly min: number;
  readonly max?: number | undefined;
  readonly placeholder?: string | undefined;
}

/** A whole number in a closed range. */
export function wholeNumber({ min, max = Number.MAX_SAFE_INTEGER, placeholder = "number" }: Range): ValueType<number> {
  const allowed =
    max === Number.MAX_SAFE_INTEGER ? `a whole number, ${min} or more` : `a whole number, ${min} to ${max}`;
  return {
    placeholder,
    allowed,
    json: { type: "integer", minimum: min, ...(max === Number.MAX_SAFE_INTEGER ? {} : { maximum: max }) },
    parse(value) {
      const parsed = readNumber(value, min, max);
      if ("problem" in parsed || Number.isSafeInteger(parsed.value)) return parsed;
      return { problem: `${describeValue(value)} is not a whole number` };
    },
  };
}

/** A number in a closed range. */
export function decimal({ min, max = Infinity, placeholder = "number" }: Range): ValueType<number> {
  const allowed = max === Infinity ? `a number, ${min} or more` : `a number, ${min} to ${max}`;
  const json = { type: "number", minimum: min, ...(max === Infinity ? {} : { maximum: max }) };
  return { placeholder, allowed, json, parse: (value) => readNumber(value, min, max) };
}

const MAX_PERCENT = 100;
/** Steps of 0.0001%, one request in a million. */
const PERCENT_STEPS = 10_000;
/** Far above the binary rounding error of `12.3456 * 10_000`, and far below a step. */
const ROUNDING = 1e-6;

/** A percentage of requests, 0 to 100, with at most four decimals. */
export const percent: ValueType<number> = {
  ...decimal({ min: 0, max: MAX_PERCENT, placeholder: "percent" }),
  allowed: "a number, 0 to 100, in steps of 0.0001",
  parse(value) {
    const parsed = readNumber(value, 0, MAX_PERCENT);
    if ("problem" in parsed) return parsed;
    const steps = parsed.value * PERCENT_STEPS;
    return Math.abs(steps - Math.round(steps)) < ROUNDING
      ? parsed
      : { problem: `${parsed.value} has more than four decimals` };
  },
};

/** Without the binary rounding error of `99.9 / 100`. */
function shareOf(percentage: number): number {
  return Number((percentage / MAX_PERCENT).toPrecision(SHARE_DIGITS));
}

const MAX_SHARE = 1;
const SHARE_DIGITS = 12;
const PERCENTAGE = /^(\d+(?:\.\d+)?)\s*%$/;
const DECIMAL = /^[+-]?\d+(?:\.\d+)?$/;

function readNumber(value: unknown, min: number, max: number): Parsed<number> {
  const [, percentage] = typeof value === "string" ? (PERCENTAGE.exec(value.trim()) ?? []) : [];
  if (percentage !== undefined && (max === MAX_PERCENT || max === MAX_SHARE)) {
    const written = max === MAX_PERCENT ? percentage : shareOf(Number(percentage));
    return { problem: `${describeValue(value)} has a percent sign; write ${written}` };
  }
  const number = typeof value === "string" && DECIMAL.test(value.trim()) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number))
    return { problem: `${describeValue(value)} is not a number` };
  if (number < min) return { problem: `${number} is below ${min}` };
  if (max === MAX_SHARE && number > max && number <= MAX_PERCENT) {
    return { problem: `${number} is above ${max}; for ${number}% write ${shareOf(number)}` };
  }
  if (number > max) return { problem: `${number} is above ${max}` };
  return { value: number };
}
