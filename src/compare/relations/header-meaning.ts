import { joinedValue, type HeaderMap } from "../captured-response.ts";
import { httpDate } from "../headers/value-forms.ts";
import { toInstant } from "./instant.ts";

/** Rate limits: `RateLimit` of the IETF draft, its predecessors, and their many spellings with `X-`. */
const RATE_LIMIT = /^(?:x-)?(?:\w{1,20}-)?rate-?limit(?:-|$)/;
const REMAINING = /(?:^|-)(?:remaining|used|r)(?:-|$)/;
const RESET = /(?:^|-)(?:reset|after|t)(?:-|$)/;
/** Windows of two servers begin with their first requests, which are copies of each other. */
const WINDOW_SLACK_S = 60;
/** A second for each of two clocks that are read at different moments. */
const CLOCK_SLACK_S = 2;
/** Beyond this, a reset time is a point in time and no duration: September 2001. */
const FIRST_EPOCH_S = 1_000_000_000;
/** Names of the body's bytes. `Content-Digest` and `Repr-Digest`: RFC 9530; the others are older. */
const NAMES_OF_BODY: ReadonlySet<string> = new Set(["etag", "content-md5", "digest", "content-digest", "repr-digest"]);

/** Whether a field repeats what the body says, so that it differs wherever the body does. */
export function repeatsBody(name: string): boolean {
  return NAMES_OF_BODY.has(name);
}

/**
 * Whether two different values of a field mean the same: a field that counts or names a moment says something else a moment
 * later. Rate limits may be used up differently within the same limit.
 */
export function meansSame(name: string, a: HeaderMap, b: HeaderMap): boolean {
  const [left, right] = [joinedValue(a, name), joinedValue(b, name)];
  if (left === undefined || right === undefined) return false;
  if (name === "age") return isSameAge(left, right, [a, b]);
  if (name === "expires") return isSameLifetime(left, right, [a, b]);
  if (name === "retry-after") return isNearTime(left, right);
  return RATE_LIMIT.test(name) && isSameLimit(name, left, right);
}

/** Two caches may hold a response for different times, up to the time for which it is fresh (RFC 9111 §4.2). */
function isSameAge(left: string, right: string, responses: readonly [HeaderMap, HeaderMap]): boolean {
  const [one, other] = [toCount(left), toCount(right)];
  if (one === undefined || other === undefined) return false;
  const [fresh, freshOfOther] = responses.map((fields) => maxAge(fields));
  if (fresh !== undefined && fresh === freshOfOther && Math.max(one, other) <= fresh) return true;
  return Math.abs(one - other) <= WINDOW_SLACK_S;
}

function maxAge(fields: HeaderMap): number | undefined {
  const [, shared, own] =
    /s-maxage=(\d{1,10})|max-age=(\d{1,10})/i.exec(joinedValue(fields, "cache-control") ?? "") ?? [];
  return toCount(shared ?? own ?? "");
}

/** Expires is relative to Date: the lifetime counts. */
function isSameLifetime(left: string, right: string, [a, b]: readonly [HeaderMap, HeaderMap]): boolean {
  const [one, other] = [lifetime(left, a), lifetime(right, b)];
  return one !== undefined && other !== undefined && Math.abs(one - other) <= CLOCK_SLACK_S * 1_000;
}

/** A number such as 0 or -1 means a time in the past, and all of those mean that the response is stale (RFC 9111 §5.3). */
function lifetime(expires: string, fields: HeaderMap): number | undefined {
  if (/^-?\d{1,6}$/.test(expires)) return 0;
  const [until, from] = [parseHttpDate(expires), parseHttpDate(joinedValue(fields, "date") ?? "")];
  return until === undefined || from === undefined ? undefined : Math.max(0, until - from);
}

function parseHttpDate(text: string): number | undefined {
  const [ms] = httpDate(text) ?? [];
  return ms === undefined ? toInstant(text)?.ms : Number(ms);
}

/** Numbers of seconds, Unix times or dates that are near each other. */
function isNearTime(left: string, right: string): boolean {
  const [one, other] = [toSeconds(left), toSeconds(right)];
  if (one === undefined || other === undefined) return false;
  return one >= FIRST_EPOCH_S === other >= FIRST_EPOCH_S && Math.abs(one - other) <= WINDOW_SLACK_S;
}

function toSeconds(text: string): number | undefined {
  const instant = toInstant(text);
  if (instant !== undefined) return instant.ms / 1_000;
  const number = /^\d{1,12}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
  return number;
}

function toCount(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/** `X-RateLimit-Remaining: 41`, or a list: `limit=100, remaining=41, reset=30` and `"default";r=41;t=30`. */
function isSameLimit(name: string, left: string, right: string): boolean {
  const parameters = /[=;]/.test(left);
  if (!parameters) return isSameCount(name, left, right);
  const [one, other] = [left, right].map((text) => text.split(/[;,]/).map((part) => part.trim()));
  if (one === undefined || other === undefined || one.length !== other.length) return false;
  return one.every((part, at) => {
    const [key = "", value = ""] = part.split("=");
    const [otherKey, otherValue = ""] = (other[at] ?? "").split("=");
    return key === otherKey && (value === otherValue || isSameCount(key, value, otherValue));
  });
}

function isSameCount(name: string, left: string, right: string): boolean {
  if (RESET.test(name)) return isNearTime(left, right);
  return REMAINING.test(name) && toCount(left) !== undefined && toCount(right) !== undefined;
}
