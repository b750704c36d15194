import type { Config } from "../../model/config.ts";
import type { ConfiguredRoute } from "../../model/views/configuration.ts";
import { routeView } from "../../proxy/routing/route-view.ts";
import { textTable, type Cell } from "../terminal/text-table.ts";

/** The condition of a match for any path, as Istio documents write it. */
const ANY_PATH = 'path begins with "/"';
const HEADS = ["#", "route", "hosts", "request", "goes to", "mirrored to"];

/** Formats the effective routing: the listen address, the routes in matching order, and the versions. */
export function routingText({ listen, routes, subsets }: Config): string {
  const views = routes.map((route) => routeView(route, listen.port));
  const versions = [...subsets.values()].map(({ name, urls }): Cell[] => [
    [name],
    urls.length === 0 ? ["no address"] : urls,
  ]);
  const rest = views.some(matchesAllRequests) ? [] : [REST];
  return [
    `listens on ${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${listen.port}`,
    "",
    ...textTable([HEADS.map((head) => [head]), ...views.map(rowOf), ...rest]),
    "",
    ...textTable([[["version"], ["address"]], ...versions]),
    "",
  ].join("\n");
}

const REST: readonly Cell[] = [[""], [""], [""], ["all other requests"], ["responds directly: 404"]];

function matchesAllRequests({ hosts, requests }: ConfiguredRoute): boolean {
  return isAny(hosts) && (requests.length === 0 || requests.some((conditions) => conditions.every(isAlwaysTrue)));
}

function isAny(hosts: readonly string[]): boolean {
  return hosts.length === 0 || hosts.includes("*");
}

function isAlwaysTrue(condition: string): boolean {
  return condition === ANY_PATH;
}

function rowOf({ name, hosts, requests, goesTo, mirroredTo }: ConfiguredRoute, index: number): readonly Cell[] {
  return [[String(index + 1)], [name], isAny(hosts) ? ["any"] : hosts, requestCell(requests), goesTo, mirroredTo];
}

function requestCell(requests: ConfiguredRoute["requests"]): Cell {
  if (requests.length === 0) return ["all requests"];
  return requests.flatMap((conditions, index) => {
    const texts = conditions.length === 0 ? ["all requests"] : conditions;
    return texts.map((text, position) => {
      const word = position > 0 ? "and " : index > 0 ? "or " : "";
      return `${word}${text}`;
    });
  });
}
