import { fieldValue } from "../../http/read-header.ts";
import { pathOf, queryValue } from "../../http/request-target.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { NamedMatch, RequestMatch, StringMatch } from "../../model/routing.ts";
import { compileMatch, describeMatch } from "./text-match.ts";

/** The parts of a request that routes match against. */
export interface RoutableHead {
  readonly method: string;
  /** Origin form, or `*` for OPTIONS, which has no path and fulfills no condition on the path. */
  readonly target: string;
  readonly scheme: string;
  /** Host or :authority. */
  readonly authority: string;
  /** Header fields as the client sent them. */
  readonly received: RawHeaders;
}

/** One condition of a match, and its description for `check`. */
export interface MatchCondition {
  holds(head: RoutableHead): boolean;
  /** For example `path begins with "/api"`. */
  readonly text: string;
  /** The value in the request, or undefined. */
  actual(head: RoutableHead): string | undefined;
}

/**
 * Compiles the conditions of a match, all of which must hold.
 * @param port the port of the listener
 * @throws RE2JSSyntaxException for an invalid regular expression
 */
export function compileConditions(match: RequestMatch, port: number): readonly MatchCondition[] {
  const { uri, ignoreUriCase, scheme, method, authority } = match;
  return [
    ...(match.port === undefined ? [] : [portCondition(match.port, port)]),
    ...textCondition("method", method, (head) => head.method),
    ...textCondition("path", uri, (head) => (head.target === "*" ? undefined : pathOf(head.target)), ignoreUriCase),
    ...textCondition("scheme", scheme, (head) => head.scheme),
    ...textCondition("host", authority, (head) => head.authority.toLowerCase()),
    ...match.headers.map((named) => namedCondition("header", named, (head) => fieldValue(head.received, named.name))),
    ...match.queryParams.map((named) =>
      namedCondition("query parameter", named, (head) => queryValue(head.target, named.name)),
    ),
    ...match.withoutHeaders.map(withoutCondition),
  ];
}

/**
 * The condition that the host of a request is one of these names.
 * @param hosts exact, `*.suffix`, or `*`
 */
export function hostCondition(hosts: readonly string[]): MatchCondition {
  const exact = new Set(hosts);
  const suffixes = hosts.filter((host) => host.startsWith("*.")).map((host) => host.slice(1));
  return {
    holds({ authority }) {
      if (exact.has("*")) return true;
      const host = hostOf(authority);
      return exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix) && host.length > suffix.length);
    },
    text: `host is ${hosts.join(" or ")}`,
    actual: ({ authority }) => hostOf(authority),
  };
}

/** Returns the host of an authority, without its port, in lower case. */
function hostOf(authority: string): string {
  return authority.replace(/:\d*$/, "").toLowerCase();
}

function portCondition(wanted: number, port: number): MatchCondition {
  return { holds: () => wanted === port, text: `port is ${wanted}`, actual: () => String(port) };
}

function textCondition(
  what: string,
  match: StringMatch | undefined,
  actual: (head: RoutableHead) => string | undefined,
  ignoreCase = false,
): MatchCondition[] {
  if (match === undefined) return [];
  const test = compileMatch(match, ignoreCase);
  const folded = ignoreCase && match.type !== "regex" ? ", in upper or lower case" : "";
  const holds = (head: RoutableHead): boolean => {
    const value = actual(head);
    return value !== undefined && test(value);
  };
  return [{ holds, text: `${what} ${describeMatch(match)}${folded}`, actual }];
}

/** A missing header or parameter fulfills no condition, not even a regular expression that matches the empty text. */
function namedCondition(what: string, { name, match }: NamedMatch, actual: MatchCondition["actual"]): MatchCondition {
  const test = compileMatch(match);
  return {
    holds(head) {
      const value = actual(head);
      return value !== undefined && test(value);
    },
    text: `${what} ${name} ${describeMatch(match)}`,
    actual,
  };
}

/** A missing header counts as empty, but not as present. */
function withoutCondition({ name, match }: NamedMatch): MatchCondition {
  const test = compileMatch(match);
  const actual = (head: RoutableHead): string | undefined => fieldValue(head.received, name);
  return {
    holds(head) {
      const value = actual(head);
      return match.type === "present" ? value === undefined : !test(value ?? "");
    },
    text: `not: header ${name} ${describeMatch(match)}`,
    actual,
  };
}
