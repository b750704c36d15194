import { isDataKey } from "../tree/keys/dynamic-keys.ts";
import { isSecretKey } from "../redact/masker.ts";
import { parseCookieDate } from "./cookie-date.ts";

/** One Set-Cookie line as a user agent stores it. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** By the name as it is usually spelled: the text that is compared. An attribute that a user agent ignores is left out. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** The path of attributes without a meaning in RFC 6265: their names may be anything, so capture masks them. */
export const OTHER_ATTRIBUTES = "{*}";
const MAX_NAME_CHARS = 100;
/** Parts of a name that are data, as in `wordpress_logged_in_6d5e…` and `visid_incap_2293847`. */
const DATA_IN_NAME =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![0-9a-z])(?=[a-f]*\d)[0-9a-f]{16,}(?![0-9a-z])|(?<!\d)\d{6,}(?!\d)/gi;
const SAME_SITE: ReadonlySet<string> = new Set(["strict", "lax", "none"]);

type Canonical = (value: string) => string | undefined;

/** An invalid value of another attribute takes the place of the valid one before it (RFC 6265 §5.2.1, §5.2.2, §5.2.4). */
const IGNORED_IF_INVALID: ReadonlySet<string> = new Set(["Expires", "Max-Age"]);
const FLAG: Canonical = () => "";
/** What the value of each attribute means (RFC 6265 §5.2 and its successor); undefined for a value that is ignored. */
const ATTRIBUTES: ReadonlyMap<string, readonly [name: string, canonical: Canonical]> = new Map([
  ["expires", ["Expires", (value) => (parseCookieDate(value) === undefined ? undefined : value)]],
  ["max-age", ["Max-Age", canonicalMaxAge]],
  ["domain", ["Domain", (value) => value.replace(/^\./, "").toLowerCase() || undefined]],
  ["path", ["Path", (value) => (value.startsWith("/") ? value : undefined)]],
  ["secure", ["Secure", FLAG]],
  ["httponly", ["HttpOnly", FLAG]],
  ["samesite", ["SameSite", (value) => (SAME_SITE.has(value.toLowerCase()) ? value.toLowerCase() : undefined)]],
  ["partitioned", ["Partitioned", FLAG]],
  ["priority", ["Priority", (value) => value.toLowerCase()]],
]);

/**
 * Parses a Set-Cookie line as user agents do (RFC 6265 §5.2): names of attributes ignore case, quotes belong to the value, and
 * the last attribute of a name counts. A line without `=` is the value of a cookie without a name, as in RFC 6265bis.
 */
export function parseCookie(line: string): Cookie {
  const [pair = "", ...rest] = line.split(";");
  const [name, value] = splitPair(pair) ?? ["", pair.trim()];
  const attributes = new Map<string, string>();
  const others: string[] = [];
  for (const text of rest) {
    const [key, own] = splitPair(text) ?? [text.trim(), ""];
    const known = ATTRIBUTES.get(key.toLowerCase());
    if (known === undefined) {
      if (key !== "") others.push(own === "" ? key : `${key}=${own}`);
      continue;
    }
    const canonical = known[1](own);
    if (canonical === undefined) {
      if (!IGNORED_IF_INVALID.has(known[0])) attributes.delete(known[0]);
    } else attributes.set(known[0], canonical);
  }
  if (others.length > 0) attributes.set(OTHER_ATTRIBUTES, others.toSorted().join("; "));
  return { name, value, attributes };
}

/** The name of a cookie in a path: without parts that are data or secret. */
export function cookiePathName(name: string): string {
  if (name === "" || isDataKey(name) || isSecretKey(name, false)) return OTHER_ATTRIBUTES;
  const short = name.length > MAX_NAME_CHARS ? `${name.slice(0, MAX_NAME_CHARS)}…` : name;
  return short.replaceAll(DATA_IN_NAME, OTHER_ATTRIBUTES);
}

/**
 * The path of a cookie without a valid `Path` (RFC 6265 §5.1.4).
 * @param target of the request, in origin form
 */
export function defaultCookiePath(target: string): string {
  const [path = ""] = target.split(/[?#]/, 1);
  const last = path.lastIndexOf("/");
  return path.startsWith("/") && last > 0 ? path.slice(0, last) : "/";
}

function splitPair(text: string): readonly [name: string, value: string] | undefined {
  const equals = text.indexOf("=");
  return equals === -1 ? undefined : [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
}

/** Every age that is not positive deletes the cookie (RFC 6265 §5.2.2). */
function canonicalMaxAge(value: string): string | undefined {
  if (!/^-?\d+$/.test(value)) return undefined;
  const digits = value.replace(/^0+/, "");
  return value.startsWith("-") || digits === "" ? "0" : digits;
}
