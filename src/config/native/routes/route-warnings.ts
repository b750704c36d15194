import type { RequestMatch, Route, SecondaryPolicy, StringMatch } from "../../../model/routing.ts";
import type { Problem } from "../../config-error.ts";
import { problemAt } from "../../values/schema-issues.ts";
import type { Settings } from "../../options/settings.ts";

const WHOLE_WEIGHT = 100;

interface Warning {
  /** Below the route. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is allowed and hardly meant. */
export function routeWarnings(routes: readonly Route[], settings: Settings): readonly Problem[] {
  const found = routes.flatMap((route, index) =>
    [
      ...unreachable(routes.slice(0, index), route),
      ...doubledSlash(route),
      ...weightSum(route),
      ...withoutCandidate(route),
    ].map(({ path, message }) => problemAt(settings, ["routes", index, ...path], message)),
  );
  const mirrors = routes.some(({ action }) => action.type === "forward" && action.candidates.length > 0);
  if (mirrors) return found;
  return [...found, problemAt(settings, ["routes"], "no route has a candidate: nothing is mirrored and compared")];
}

/** A route behind one that takes all it could take never gets a request. */
function unreachable(before: readonly Route[], route: Route): readonly Warning[] {
  const covering = before.find((earlier) => coversHosts(earlier.hosts, route.hosts) && coversMatches(earlier, route));
  if (covering === undefined) return [];
  const all = covering.matches.length === 0 ? "every request" : "every request that matches here";
  return [{ path: [], message: `never reached: route "${covering.name}" before it takes ${all}` }];
}

function coversHosts(earlier: readonly string[], later: readonly string[]): boolean {
  if (earlier.length === 0 || earlier.includes("*")) return true;
  if (later.length === 0) return false;
  return later.every((host) => earlier.some((pattern) => coversHost(pattern, host)));
}

function coversHost(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)) && host !== pattern.slice(1));
}

/** Each match of the later route is at least as narrow as one match of the earlier. */
function coversMatches(earlier: Route, later: Route): boolean {
  if (earlier.matches.length === 0) return true;
  const all = later.matches.length === 0 ? [undefined] : later.matches;
  return all.every((narrow) => earlier.matches.some((wide) => coversMatch(wide, narrow)));
}

/** Whether everything that `narrow` matches is surely matched by `wide` too; undefined matches everything. */
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

/** Every path begins with a slash. */
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
  // A raw prefix also matches what goes on in the same element.
  return inner.startsWith(`${path}/`) || (inner === path && narrow.type !== "prefix");
}

/** As a path prefix, `/foo/` is `/foo`. */
function withoutSlash(path: string): string {
  return path.replace(/\/$/, "");
}

function isSame(one: StringMatch, other: StringMatch): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** `/foo` → `/` makes `//bar` of `/foo/bar`. */
function doubledSlash({ action, matches }: Route): readonly Warning[] {
  const uri = action.type === "forward" ? action.rewrite?.uri : undefined;
  if (uri?.type !== "replace" || !uri.value.endsWith("/")) return [];
  const match = matches.find((one) => one.uri?.type === "prefix" && !one.uri.value.endsWith("/"));
  if (match?.uri?.type !== "prefix") return [];
  const prefix = match.uri.value;
  const message = `${prefix}/x becomes ${uri.value}/x, with a doubled slash; match pathPrefix ${prefix} instead of prefix`;
  return [{ path: ["rewrite", "uri"], message }];
}

function weightSum({ action }: Route): readonly Warning[] {
  if (action.type !== "forward" || action.destinations.length < 2) return [];
  const sum = action.destinations.reduce((total, { weight }) => total + weight, 0);
  if (sum === WHOLE_WEIGHT) return [];
  return [
    { path: ["primary"], message: `the weights sum up to ${sum}, not to 100; the share of each is weight / ${sum}` },
  ];
}

/** What has no effect without a candidate. */
function withoutCandidate({ action }: Route): readonly Warning[] {
  if (action.type !== "forward" || action.candidates.length > 0) return [];
  const message = "without candidates nothing is compared, so this has no effect";
  return [
    ...(action.secondary === undefined ? [] : [{ path: [noiseField(action.secondary)], message }]),
    ...(action.fault?.on === "candidate" ? [{ path: ["fault", "on"], message }] : []),
  ];
}

function noiseField({ subset }: SecondaryPolicy): string {
  return subset === "primary" ? "selfCheck" : "secondary";
}
