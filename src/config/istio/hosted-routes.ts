import type { RequestMatch, Route } from "../../model/routing.ts";
import { MAX_NAME_CHARS } from "../defaults.ts";
import { covers, rankOf } from "./istio-hosts.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";

/** The routes of one document, and its hosts. */
export interface HostedRoutes {
  /** Host names, `*.suffix` or `*`. */
  readonly hosts: readonly string[];
  readonly routes: readonly Route[];
  /** The field for diagnostics about the hosts. */
  readonly field: DocumentField;
}

/** The response of the proxy when no route matches. */
const NOT_FOUND: Route["action"] = {
  type: "direct-response",
  status: 404,
  headers: [
    ["Content-Type", "application/json"],
    ["Proxy-Status", "shadowdiff; error=destination_not_found"],
  ],
  body: `${JSON.stringify({ error: "destination_not_found", message: "No route matches this request." })}\n`,
};

/** A host and the document that claims it. */
interface HostClaim {
  readonly host: string;
  readonly owner: HostedRoutes;
}

/**
 * Orders the routes of all documents so that the first match is the right one: a gateway first selects the most specific host,
 * then a route of that host, and never falls back to another host.
 */
export function orderRoutes(documents: readonly HostedRoutes[]): readonly Route[] {
  const claims = documents
    .flatMap((owner) => owner.hosts.map((host): HostClaim => ({ host, owner })))
    .sort((a, b) => rankOf(a.host) - rankOf(b.host));
  warnSharedHosts(claims);
  const ranks = Map.groupBy(claims, ({ host }) => rankOf(host));
  const blocks = [...ranks.values()].flatMap((claimsOfRank) => [
    ...ownersOf(claimsOfRank).map((owner) => ({
      hosts: claimsOfRank.flatMap((claim) => (claim.owner === owner ? [claim.host] : [])),
      routes: owner.routes,
    })),
    ...notFoundBlocks(claimsOfRank, claims),
  ]);
  return withUniqueNames(merged(blocks).flatMap(({ hosts, routes }) => routes.map((route) => ({ ...route, hosts }))));
}

interface Block {
  readonly hosts: readonly string[];
  readonly routes: readonly Route[];
}

function ownersOf(claims: readonly HostClaim[]): readonly HostedRoutes[] {
  return [...new Set(claims.map(({ owner }) => owner))];
}

/** Merges consecutive blocks of one document. */
function merged(blocks: readonly Block[]): readonly Block[] {
  return blocks.reduce<Block[]>((all, block) => {
    const last = all.at(-1);
    if (last?.routes !== block.routes) return [...all, block];
    return [...all.slice(0, -1), { hosts: [...last.hosts, ...block.hosts], routes: block.routes }];
  }, []);
}

/** A 404 for requests that no route of a host matches, if a less specific host would match them. */
function notFoundBlocks(claimsOfRank: readonly HostClaim[], all: readonly HostClaim[]): readonly Block[] {
  const hosts = [...new Set(claimsOfRank.map(({ host }) => host))].filter((host) => {
    const own = claimsOfRank.filter((claim) => claim.host === host);
    if (own.some(({ owner }) => owner.routes.some(isCatchAll))) return false;
    return all.some((other) => rankOf(other.host) > rankOf(host) && covers(other.host, host));
  });
  if (hosts.length === 0) return [];
  const route: Route = {
    name: "no-route",
    hosts,
    matches: [],
    action: NOT_FOUND,
  };
  return [{ hosts, routes: [route] }];
}

function warnSharedHosts(claims: readonly HostClaim[]): void {
  const said = new Set<HostedRoutes>();
  for (const [index, { host, owner }] of claims.entries()) {
    const first = claims.slice(0, index).find((claim) => claim.host === host);
    if (first === undefined || first.owner === owner || said.has(owner)) continue;
    said.add(owner);
    const whole = claims.slice(0, index).find((claim) => claim.host === host && claim.owner.routes.some(isCatchAll));
    const then =
      whole === undefined
        ? "its routes are matched first, then these"
        : `${whole.owner === first.owner ? "its routes" : `the routes of the document at ${whole.owner.field.place}`} match all requests, so these receive none`;
    owner.field.warn(`${host} is also a host of another document (${first.owner.field.place}); ${then}`);
  }
}

/** Whether the route matches all requests to its hosts. */
export function isCatchAll({ matches }: Pick<Route, "matches">): boolean {
  return matches.length === 0 || matches.some(isAlwaysTrue);
}

function isAlwaysTrue(match: RequestMatch): boolean {
  const { uri, scheme, method, authority, headers, withoutHeaders, queryParams, port } = match;
  const anyUri =
    uri === undefined ||
    uri.type === "present" ||
    ((uri.type === "prefix" || uri.type === "path-prefix") && uri.value === "/") ||
    (uri.type === "regex" && uri.source === ".*");
  const others = [scheme, method, authority, port].every((one) => one === undefined);
  return anyUri && others && [headers, withoutHeaders, queryParams].every((list) => list.length === 0);
}

/** Counts are stored by route name, so duplicates get a number. */
function withUniqueNames(routes: readonly Route[]): readonly Route[] {
  const taken = new Map<string, number>();
  return routes.map((route) => {
    const count = (taken.get(route.name) ?? 0) + 1;
    taken.set(route.name, count);
    return count === 1 ? route : { ...route, name: `${route.name}-${count}` };
  });
}

/** @returns a valid name for metrics and reports */
export function routeName(...parts: readonly (string | number | undefined)[]): string {
  const text = parts.filter((part) => part !== undefined && part !== "").join("-");
  const name = text.replaceAll(/[^\w.-]/g, "-").replace(/^[^A-Za-z\d]+/, "");
  return name === "" ? "route" : name.slice(0, MAX_NAME_CHARS);
}
