import { fieldValue } from "../../http/header-fields.ts";
import { pathOf, queryValue } from "../../http/request-semantics.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { NamedMatch, RequestMatch, StringMatch } from "../../model/routing.ts";
import { compileMatch, describeMatch } from "./text-match.ts";

/** What of a request decides about its route. */
export interface RoutableHead {
  readonly method: string;
  /** Origin form, or the `*` of OPTIONS, which has no path: no condition on the path holds for it. */
  readonly target: string;
  readonly scheme: string;
  /** Host or :authority. */
  readonly authority: string;
  /** As the client sent them. */
  readonly received: RawHeaders;
}

/** One thing that must hold, and how a person is told of it. */
export interface Condition {
  holds(head: RoutableHead): boolean;
  /** `path begins with "/api"` */
  readonly text: string;
  /** What the request has in that place; undefined: nothing. */
  actual(head: RoutableHead): string | undefined;
}

/**
 * The conditions of a match; all of them must hold.
 * @param port of the listener
 * @throws RE2JSSyntaxException for a regular expression that is none
 */
export function conditionsOf(match: RequestMatch, port: number): readonly Condition[] {
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
 * Whether the request's host is one of these names.
 * @param hosts exact, `*.suffix`, or `*`
 */
export function hostCondition(hosts: readonly string[]): Condition {
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

/** Without its port, in lower case. */
function hostOf(authority: string): string {
  return authority.replace(/:\d*$/, "").toLowerCase();
}

function portCondition(wanted: number, port: number): Condition {
  return { holds: () => wanted === port, text: `port is ${wanted}`, actual: () => String(port) };
}

function textCondition(
  what: string,
  match: StringMatch | undefined,
  actual: (head: RoutableHead) => string | undefined,
  ignoreCase = false,
): Condition[] {
  if (match === undefined) return [];
  const test = compileMatch(match, ignoreCase);
  const folded = ignoreCase && match.type !== "regex" ? ", in upper or lower case" : "";
  const holds = (head: RoutableHead): boolean => {
    const value = actual(head);
    return value !== undefined && test(value);
  };
  return [{ holds, text: `${what} ${describeMatch(match)}${folded}`, actual }];
}

/** What is not there matches nothing, not even an expression for the empty text. */
function namedCondition(what: string, { name, match }: NamedMatch, actual: Condition["actual"]): Condition {
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

/** A header that is not there counts as empty, but not as present. */
function withoutCondition({ name, match }: NamedMatch): Condition {
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
