import { ExactNumber } from "../tree/exact-number.ts";
import type { Json } from "../tree/json-tree.ts";

/** A point in time that a value can represent. */
export interface Instant {
  /** Unix milliseconds, an integer. */
  readonly ms: number;
  /** Digits of the second beyond the millisecond, without trailing zeros. */
  readonly rest: string;
}

/** ISO 8601 with its profile RFC 3339. Without a zone it means UTC, without a time midnight. */
const ISO =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;
const MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";
/** RFC 1123 §5.2.14, called IMF-fixdate in RFC 9110 §5.6.7, with any offset (RFC 5322 §3.3). */
const RFC_1123 =
  /^(?:(?:mon|tue|wed|thu|fri|sat|sun), )?(\d{1,2}) (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) (\d{4}) (\d\d):(\d\d):(\d\d) (gmt|utc|ut|[+-]\d{4})$/i;
const EPOCH = /^\d{10}(?:\.\d{1,9})?$|^\d{13}$/;
const MAX_CHARS = 40;
const MS_PER_MINUTE = 60_000;
/** September 2001. Smaller numbers are more likely counts or ids. */
const FIRST_SECOND = 1_000_000_000;
/** The year 2100. */
const LAST_SECOND = 4_102_444_800;

/** The last results: several questions about a difference need the same two times. */
const recent = Array.from({ length: 8 }, () => ({ text: "", instant: undefined as Instant | undefined }));
let next = 0;

function parseOnce(text: string): Instant | undefined {
  if (text.length > MAX_CHARS || text.length < 8) return undefined;
  for (const known of recent) if (known.text === text) return known.instant;
  const instant = parseFormatted(text);
  recent[next] = { text, instant };
  next = (next + 1) % recent.length;
  return instant;
}

/** Parses ISO 8601, RFC 3339 and RFC 1123; undefined for other strings. */
function parseFormatted(text: string): Instant | undefined {
  const iso = ISO.exec(text);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, fraction, zone] = iso;
    // Eight digits alone are more likely a number than a date.
    if (hour === undefined && !text.includes("-")) return undefined;
    return createInstant(Number(year), Number(month), Number(day), [hour, minute, second], fraction, zone);
  }
  const rfc = RFC_1123.exec(text);
  if (rfc === null) return undefined;
  const [, day, month = "", year, hour, minute, second, zone] = rfc;
  const number = MONTHS.indexOf(month.toLowerCase()) / 3 + 1;
  return createInstant(Number(year), number, Number(day), [hour, minute, second], undefined, zone);
}

/** Parses a formatted time, or Unix seconds or milliseconds as a number or string; undefined for other values. */
export function toInstant(value: Json): Instant | undefined {
  if (typeof value === "string") return EPOCH.test(value) ? parseEpoch(value) : parseOnce(value);
  if (typeof value === "number") return parseEpoch(String(value));
  return value instanceof ExactNumber ? parseEpoch(value.source) : undefined;
}

/** Whether a value has the form of a Unix time: a number or a string of digits. */
export function isEpoch(value: Json): boolean {
  return typeof value === "string" ? EPOCH.test(value) : typeof value === "number" || value instanceof ExactNumber;
}

export function sameInstant(a: Instant, b: Instant): boolean {
  return a.ms === b.ms && a.rest === b.rest;
}

function parseEpoch(source: string): Instant | undefined {
  if (source.length > MAX_CHARS || !/^\d{10,13}(?:\.\d{1,9})?$/.test(source)) return undefined;
  const [whole = "", fraction = ""] = source.split(".");
  const seconds = whole.length === 13 ? Number(whole) / 1_000 : Number(whole);
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return undefined;
  if (whole.length === 13) return { ms: Number(whole), rest: fraction.replace(/0+$/, "") };
  return withFraction(Number(whole) * 1_000, fraction);
}

function createInstant(
  year: number,
  month: number,
  day: number,
  clock: readonly (string | undefined)[],
  fraction = "",
  zone = "Z",
): Instant | undefined {
  const [hour = 0, minute = 0, second = 0] = clock.map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day));
  // 60 is a leap second (RFC 3339 §5.6).
  const valid =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second <= 60;
  const offset = parseOffset(zone);
  if (!valid || year < 1_000 || offset === undefined) return undefined;
  const minutes = hour * 60 + minute - offset;
  return withFraction(date.getTime() + minutes * MS_PER_MINUTE + second * 1_000, fraction);
}

/** The offset in minutes east of Greenwich. */
function parseOffset(zone: string): number | undefined {
  const [, sign, hours, minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  const offset = Number(hours) * 60 + Number(minutes);
  return Number(hours) > 23 || Number(minutes) > 59 ? undefined : sign === "-" ? -offset : offset;
}

function withFraction(ms: number, fraction: string): Instant {
  return { ms: ms + Number(fraction.slice(0, 3).padEnd(3, "0")), rest: fraction.slice(3).replace(/0+$/, "") };
}
