import { RE2JS } from "re2js";
import { MAX_RULE_SHIFT_MS } from "../../defaults.ts";
import { duration } from "../../values/numbers.ts";
import { shown, type ValueType } from "../../values/value-type.ts";

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
/** RFC 3339 §5.6; without an offset nobody knows what is meant. */
const TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const DAY_CHARS = 10;

/** From when on a rule is over, in Unix milliseconds: a date begins at midnight, UTC. */
export const moment: ValueType<number> = {
  placeholder: "date",
  allowed: "a date, like 2027-01-31 (from its beginning, UTC), or a time, like 2027-01-31T12:00:00Z",
  json: { type: "string", pattern: String.raw`^\d{4}-\d{2}-\d{2}` },
  parse(value) {
    const isMoment = typeof value === "string" && (DAY.test(value) || TIME.test(value));
    const at = isMoment && isDay(value.slice(0, DAY_CHARS)) ? Date.parse(value.toUpperCase()) : Number.NaN;
    return Number.isNaN(at) ? { problem: `${shown(value)} is no date` } : { value: at };
  },
};

/** `Date.parse` takes the 31st of June for the 1st of July. */
function isDay(text: string): boolean {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** A regular expression in the syntax of RE2, which takes linear time whatever the text is. */
export const regex: ValueType<string> = {
  placeholder: "expression",
  allowed: "an expression of RE2 (https://github.com/google/re2/wiki/Syntax): no look-around, no back-references",
  json: { type: "string", minLength: 1 },
  parse(value) {
    if (typeof value !== "string" || value === "") return { problem: `${shown(value)} is no expression` };
    try {
      RE2JS.compile(value);
      return { value };
    } catch (error) {
      return { problem: `${shown(value)} is no expression of RE2: ${(error as Error).message}` };
    }
  },
};

const SIGNED = /^([+-]?)(.*)$/s;
const length = duration(MAX_RULE_SHIFT_MS);

/** A length of time forwards or, with a minus sign, backwards, in milliseconds. */
export const shift: ValueType<number> = {
  placeholder: "duration",
  allowed: "a duration, like 1h, or -1h for the other direction",
  json: { type: "string", pattern: String.raw`^\s*[+-]?\d` },
  parse(value) {
    const [, sign, rest] = SIGNED.exec(typeof value === "string" ? value.trim() : "") ?? [];
    const parsed = length.parse(typeof value === "string" ? rest : value);
    return "problem" in parsed || sign !== "-" ? parsed : { value: -parsed.value };
  },
};

/** Text of one line, without spaces at its ends. @param placeholder names it in errors, `"" is no reason` */
export function line(placeholder: string, allowed: string): ValueType<string> {
  return {
    placeholder,
    allowed,
    json: { type: "string", pattern: String.raw`\S` },
    parse: (value) =>
      typeof value === "string" && value.trim() !== ""
        ? { value: value.trim() }
        : { problem: `${shown(value)} is no ${placeholder}` },
  };
}
