import { RE2JS } from "re2js";
import { unreachable } from "../../lib/unreachable.ts";
import type { StringMatch } from "../../model/routing.ts";

const BEYOND_ASCII = /\P{ASCII}/u;

/**
 * Compiles a match. Regular expressions are RE2: linear time, whatever a client sends.
 * @param ignoreCase for `exact` and the prefixes; a regular expression says so itself, `(?i)`
 * @returns whether a text matches; bytes beyond ASCII in it stand one per character, as Node gives header fields
 * @throws RE2JSSyntaxException for a source that is no RE2
 */
export function compileMatch(match: StringMatch, ignoreCase = false): (text: string) => boolean {
  if (match.type === "present") return () => true;
  if (match.type === "regex") {
    const pattern = RE2JS.compile(match.source);
    return (text) => pattern.testExact(decoded(text));
  }
  const test = compileLiteral(match.type, folded(match.value, ignoreCase));
  return (text) => test(folded(decoded(text), ignoreCase));
}

function folded(text: string, ignoreCase: boolean): string {
  return ignoreCase ? text.toLowerCase() : text;
}

function compileLiteral(type: "exact" | "prefix" | "path-prefix", value: string): (text: string) => boolean {
  switch (type) {
    case "exact":
      return (text) => text === value;
    case "prefix":
      return (text) => text.startsWith(value);
    case "path-prefix": {
      const path = withoutSlash(value);
      return (text) => text.startsWith(path) && (text.length === path.length || text[path.length] === "/");
    }
  }
  return unreachable(type);
}

/** Gateway API: `/foo/` is the same prefix as `/foo`, and `/` the one of every path. */
export function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** A match as a person reads it. */
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

/** The configuration is UTF-8; what a client sends beyond ASCII mostly is too. */
function decoded(text: string): string {
  return BEYOND_ASCII.test(text) ? Buffer.from(text, "latin1").toString("utf8") : text;
}
