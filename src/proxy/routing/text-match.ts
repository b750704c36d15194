import { RE2JS } from "re2js";
import { unreachable } from "../../lib/unreachable.ts";
import type { StringMatch } from "../../model/routing.ts";

const BEYOND_ASCII = /\P{ASCII}/u;

/**
 * Compiles a match. Regular expressions are RE2, which runs in linear time for any input.
 * @param ignoreCase for `exact` and the prefixes; a regular expression uses `(?i)`
 * @returns whether a text matches. Each character of the text is one byte (latin1), as in header fields of Node
 * @throws RE2JSSyntaxException for an invalid regular expression
 */
export function compileMatch(match: StringMatch, ignoreCase = false): (text: string) => boolean {
  if (match.type === "present") return () => true;
  if (match.type === "regex") {
    const pattern = RE2JS.compile(match.source);
    return (text) => pattern.testExact(decodeUtf8(text));
  }
  const test = compileLiteral(match.type, foldCase(match.value, ignoreCase));
  return (text) => test(foldCase(decodeUtf8(text), ignoreCase));
}

function foldCase(text: string, ignoreCase: boolean): string {
  return ignoreCase ? text.toLowerCase() : text;
}

function compileLiteral(type: "exact" | "prefix" | "path-prefix", value: string): (text: string) => boolean {
  switch (type) {
    case "exact":
      return (text) => text === value;
    case "prefix":
      return (text) => text.startsWith(value);
    case "path-prefix": {
      const path = trimTrailingSlash(value);
      return (text) => text.startsWith(path) && (text.length === path.length || text[path.length] === "/");
    }
  }
  return unreachable(type);
}

/** In Gateway API, `/foo/` and `/foo` are the same prefix, and `/` is a prefix of every path. */
export function trimTrailingSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Describes a match for `check`, for example `begins with "/api"`. */
export function describeMatch(match: StringMatch): string {
  switch (match.type) {
    case "present":
      return "is present";
    case "regex":
      return `matches ${JSON.stringify(match.source)}`;
    case "exact":
      return `is ${JSON.stringify(match.value)}`;
    case "prefix":
      return `begins with ${JSON.stringify(match.value)}`;
    case "path-prefix":
      return `is below ${JSON.stringify(match.value)}`;
  }
  return unreachable(match);
}

/** The configuration is UTF-8, and non-ASCII bytes of clients usually are too. */
function decodeUtf8(text: string): string {
  return BEYOND_ASCII.test(text) ? Buffer.from(text, "latin1").toString("utf8") : text;
}
