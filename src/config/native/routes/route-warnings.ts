import type { RequestMatch, Route, SecondaryPolicy, StringMatch } from "../../../model/routing.ts";
import type { Problem } from "../../config-error.ts";
import { problemAt } from "../../values/schema-issues.ts";
import type { Settings } from "../../options/settings.ts";

const EXPECTED_WEIGHT_SUM = 100;

interface RouteWarning {
  /** Relative to the route. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Routes that are valid but most likely not intended. */
export function routeWarnings(routes: readonly Route[], settings: Settings): readonly Problem[] {
  const found = routes.flatMap((route, index) =>
    [
      ...unreachableRoute(routes.slice(0, index), route),
      ...doubleSlash(route),
      ...weightSum(route),
      ...withoutCandidate(route),
    ].map(({ path, message }) => problemAt(settings, ["routes", index, ...path], message)),
  );
  const hasCandidate = routes.some(({ action }) => action.type === "forward" && action.candidates.length > 0);
  if (hasCandidate) return found;
  return [...found, problemAt(settings, ["routes"], "no route has a candidate; nothing is mirrored or compared")];
}

/** A route after one that matches all its requests. */
function unreachableRoute(before: readonly Route[], route: Route): readonly RouteWarning[] {
  const covering = before.find((earlier) => coversHosts(earlier.hosts, route.hosts) && coversMatches(earlier, route));
  if (covering === undefined) return [];
  const all = covering.matches.length === 0 ? "all requests" : "all requests that match here";
  return [{ path: [], message: `unreachable: the earlier route "${covering.name}" handles ${all}` }];
}

function coversHosts(earlier: readonly string[], later: readonly string[]): boolean {
  if (earlier.length === 0 || earlier.includes("*")) return true;
  if (later.length === 0) return false;
  return later.every((host) => earlier.some((pattern) => coversHost(pattern, host)));
}

function coversHost(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)) && host !== pattern.slice(1));
}

/** Whether each match of the later route is covered by a match of the earlier one. */
function coversMatches(earlier: Route, later: Route): boolean {
  if (earlier.matches.length === 0) return true;
  const all = later.matches.length === 0 ? [undefined] : later.matches;
  return all.every((narrow) => earlier.matches.some((wide) => coversMatch(wide, narrow)));
}

/** Whether `wide` certainly matches everything that `narrow` matches. Undefined matches everything. */
function coversMatch(wide: RequestMatch, narrow: RequestMatch | undefined): boolean {
  return (
    coversPath(wide.uri, narrow?.uri, wide.ignoreUriCase, narrow?.ignoreUriCase) &&
    coversText(wide.scheme, narrow?.scheme) &&
    coversText(wide.method, narrow?.method) &&
    coversText(wide.authority, narrow?.authority) &&
    (wide.port === undefined || wide.port === narrow?.port) &&
    coversNamed(wide.headers, narrow?.headers) &&
    coversNamed(wide.queryParams, narrow?.queryParams) &&
    wide.withoutHeaders.every(({ name, match }) =>
      (narrow?.withoutHeaders ?? []).some((other) => other.name === name && isSame(other.match, match)),
    )
  );
}

function coversNamed(wide: RequestMatch["headers"], narrow: RequestMatch["headers"] = []): boolean {
  return wide.every(({ name, match }) => narrow.some((other) => other.name === name && coversText(match, other.match)));
}

/** The prefix `/` covers every path. */
function coversPath(wide: StringMatch | undefined, ...rest: Rest<Parameters<typeof coversText>>): boolean {
  return (wide?.type === "prefix" && wide.value === "/") || coversText(wide, ...rest);
}

type Rest<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Others] ? Others : never;

function coversText(
  wide: StringMatch | undefined,
  narrow: StringMatch | undefined,
  wideIgnoresCase = false,
  narrowIgnoresCase = false,
): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined || (narrowIgnoresCase && !wideIgnoresCase)) return false;
  if (wide.type === "present" || isSame(wide, narrow)) return true;
  if (wide.type === "regex" || narrow.type === "regex" || narrow.type === "present") return false;
  const fold = (text: string): string => (wideIgnoresCase ? text.toLowerCase() : text);
  const outer = fold(wide.value);
  const inner = narrow.type === "path-prefix" ? withoutSlash(fold(narrow.value)) : fold(narrow.value);
  if (wide.type === "exact") return narrow.type === "exact" && inner === outer;
  if (wide.type === "prefix") return inner.startsWith(outer);
  const path = withoutSlash(outer);
  // A prefix, unlike a path prefix, also matches within a segment.
  return inner.startsWith(`${path}/`) || (inner === path && narrow.type !== "prefix");
}

/** As a path prefix, `/foo/` equals `/foo`. */
function withoutSlash(path: string): string {
  return path.replace(/\/$/, "");
}

function isSame(one: StringMatch, other: StringMatch): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The rewrite `/foo` → `/` turns `/foo/bar` into `//bar`. */
function doubleSlash({ action, matches }: Route): readonly RouteWarning[] {
  const uri = action.type === "forward" ? action.rewrite?.uri : undefined;
  if (uri?.type !== "replace" || !uri.value.endsWith("/")) return [];
  const match = matches.find((one) => one.uri?.type === "prefix" && !one.uri.value.endsWith("/"));
  if (match?.uri?.type !== "prefix") return [];
  const prefix = match.uri.value;
  const message = `${prefix}/x becomes ${uri.value}/x, with a double slash; match pathPrefix ${prefix} instead of prefix`;
  return [{ path: ["rewrite", "uri"], message }];
}

function weightSum({ action }: Route): readonly RouteWarning[] {
  if (action.type !== "forward" || action.destinations.length < 2) return [];
  const sum = action.destinations.reduce((total, { weight }) => total + weight, 0);
  if (sum === EXPECTED_WEIGHT_SUM) return [];
  return [{ path: ["primary"], message: `the weights add up to ${sum}, not 100; each share is weight / ${sum}` }];
}

/** Fields that have no effect without a candidate. */
function withoutCandidate({ action }: Route): readonly RouteWarning[] {
  if (action.type !== "forward" || action.candidates.length > 0) return [];
  const message = "has no effect without candidates";
  return [
    ...(action.secondary === undefined ? [] : [{ path: [noiseField(action.secondary)], message }]),
    ...(action.fault?.on === "candidate" ? [{ path: ["fault", "on"], message }] : []),
  ];
}

function noiseField({ subset }: SecondaryPolicy): string {
  return subset === "primary" ? "selfCheck" : "secondary";
}
