import type { RequestMatch, Route } from "../../model/routing.ts";
import { MAX_NAME_CHARS } from "../defaults.ts";
import { covers, rankOf } from "./istio-hosts.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";

/** Routes of one document, for the hosts that it names. */
export interface HostedRoutes {
  /** Names, `*.suffix` or `*`. */
  readonly hosts: readonly string[];
  readonly routes: readonly Route[];
  /** For what is to be said about its hosts. */
  readonly field: DocumentField;
}

/** As the proxy answers where there is no route at all. */
const NOT_FOUND: Route["action"] = {
  type: "direct-response",
  status: 404,
  headers: [
    ["Content-Type", "application/json"],
    ["Proxy-Status", "shadowdiff; error=destination_not_found"],
  ],
  body: `${JSON.stringify({ error: "destination_not_found", message: "No route matches this request." })}\n`,
};

/** One host of one document. */
interface HostClaim {
  readonly host: string;
  readonly owner: HostedRoutes;
}

/**
 * Puts the routes of all documents into one list in which the first that matches is right: as a gateway first chooses
 * the most specific host, then a route of it, and never another host when that has none.
 */
export function joined(documents: readonly HostedRoutes[]): readonly Route[] {
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
    ...endOf(claimsOfRank, claims),
  ]);
  return named(merged(blocks).flatMap(({ hosts, routes }) => routes.map((route) => ({ ...route, hosts }))));
}

interface Block {
  readonly hosts: readonly string[];
  readonly routes: readonly Route[];
}

function ownersOf(claims: readonly HostClaim[]): readonly HostedRoutes[] {
  return [...new Set(claims.map(({ owner }) => owner))];
}

/** Blocks of one document that follow each other are one. */
function merged(blocks: readonly Block[]): readonly Block[] {
  return blocks.reduce<Block[]>((all, block) => {
    const last = all.at(-1);
    if (last?.routes !== block.routes) return [...all, block];
    return [...all.slice(0, -1), { hosts: [...last.hosts, ...block.hosts], routes: block.routes }];
  }, []);
}

/** A 404 for what a host's own routes leave over, where a less specific host would take it otherwise. */
function endOf(claimsOfRank: readonly HostClaim[], all: readonly HostClaim[]): readonly Block[] {
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

/** Whether it takes every request to its host. */
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

/** Routes are counted by name: a second one of the same name gets a number. */
function named(routes: readonly Route[]): readonly Route[] {
  const taken = new Map<string, number>();
  return routes.map((route) => {
    const count = (taken.get(route.name) ?? 0) + 1;
    taken.set(route.name, count);
    return count === 1 ? route : { ...route, name: `${route.name}-${count}` };
  });
}

/** @returns a name as metrics and reports can carry it */
export function routeName(...parts: readonly (string | number | undefined)[]): string {
  const text = parts.filter((part) => part !== undefined && part !== "").join("-");
  const name = text.replaceAll(/[^\w.-]/g, "-").replace(/^[^A-Za-z\d]+/, "");
  return name === "" ? "route" : name.slice(0, MAX_NAME_CHARS);
}
