import { MAX_RULE_SHIFT_MS } from "../../defaults.ts";
import { duration } from "../../values/durations-and-sizes.ts";
import { describeValue, type ValueType } from "../../values/value-type.ts";

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
/** RFC 3339 §5.6. The offset is mandatory: without it, the time is ambiguous. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const DATE_CHARS = 10;

/** The time at which a rule expires, in Unix milliseconds. A date starts at midnight UTC. */
export const timestamp: ValueType<number> = {
  placeholder: "date",
  allowed: "a date, like 2027-01-31 (midnight UTC), or a time with offset, like 2027-01-31T12:00:00Z",
  json: { type: "string", pattern: String.raw`^\d{4}-\d{2}-\d{2}` },
  parse(value) {
    const isDateOrTime = typeof value === "string" && (DATE.test(value) || DATE_TIME.test(value));
    const at = isDateOrTime && isDate(value.slice(0, DATE_CHARS)) ? Date.parse(value.toUpperCase()) : Number.NaN;
    return Number.isNaN(at) ? { problem: `${describeValue(value)} is not a valid date` } : { value: at };
  },
};

/** `Date.parse` reads June 31 as July 1. */
function isDate(text: string): boolean {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

const SIGNED = /^([+-]?)(.*)$/s;
const unsignedDuration = duration(MAX_RULE_SHIFT_MS);

/** A duration with an optional sign, in milliseconds. */
export const signedDuration: ValueType<number> = {
  placeholder: "duration",
  allowed: "a duration with an optional sign, like 1h or -1h",
  json: { type: "string", pattern: String.raw`^\s*[+-]?\d` },
  parse(value) {
    const [, sign, rest] = SIGNED.exec(typeof value === "string" ? value.trim() : "") ?? [];
    const parsed = unsignedDuration.parse(typeof value === "string" ? rest : value);
    return "problem" in parsed || sign !== "-" ? parsed : { value: -parsed.value };
  },
};

/** Text, trimmed. @param placeholder names it in errors: `"" is not a valid reason` */
export function trimmedText(placeholder: string, allowed: string): ValueType<string> {
  return {
    placeholder,
    allowed,
    json: { type: "string", pattern: String.raw`\S` },
    parse: (value) =>
      typeof value === "string" && value.trim() !== ""
        ? { value: value.trim() }
        : { problem: `${describeValue(value)} is not a valid ${placeholder}` },
  };
}
