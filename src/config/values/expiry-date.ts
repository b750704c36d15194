import { describeValue, type ValueType } from "./value-type.ts";

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
/** RFC 3339 §5.6. The offset is mandatory: without it, the time is ambiguous. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const DATE_CHARS = 10;

/** The time at which a rule expires, in Unix milliseconds. A date starts at midnight UTC. */
export const expiryDate: ValueType<number> = {
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
