import type { RequestMatch, Route } from "../../model/routing.ts";
import { type MatchCondition, compileConditions, hostCondition, type RoutableHead } from "./match-conditions.ts";

/** The route of a request, and the match that selected it. */
export interface RouteDecision {
  readonly route: Route;
  /** Null for a route without matches, which accepts every request. */
  readonly match: RequestMatch | null;
}

/** Why a route accepts a request, or does not. */
export interface RouteExplanation {
  readonly route: Route;
  /** `taken`: the first route that matches; `matches`: would match, but comes later. */
  readonly result: "taken" | "matches" | "no match";
  /** The failed condition of each match, or of the hosts; empty unless `no match`. */
  readonly reasons: readonly string[];
}

/** Returns the first route that matches, or null. */
export type Router = (head: RoutableHead) => RouteDecision | null;

interface CompiledMatch {
  readonly decision: RouteDecision;
  readonly conditions: readonly MatchCondition[];
}

interface CompiledRoute {
  readonly route: Route;
  readonly host: MatchCondition | null;
  readonly matches: readonly CompiledMatch[];
}

/**
 * Compiles routes. The first route that matches accepts a request.
 * @param port the port of the listener
 * @throws RE2JSSyntaxException for an invalid regular expression
 */
export function createRouter(routes: readonly Route[], port: number): Router {
  const compiled = routes.map((route) => compileRoute(route, port));
  return (head) => {
    for (const route of compiled) {
      const match = firstMatch(route, head);
      if (match !== undefined) return match.decision;
    }
    return null;
  };
}

/**
 * Explains for every route why it accepts a request, or does not.
 * @param port the port of the listener
 */
export function explainRouting(routes: readonly Route[], port: number, head: RoutableHead): RouteExplanation[] {
  let taken = false;
  return routes.map((route) => {
    const compiled = compileRoute(route, port);
    if (firstMatch(compiled, head) === undefined) {
      return { route, result: "no match", reasons: mismatchReasons(compiled, head) };
    }
    const result = taken ? "matches" : "taken";
    taken = true;
    return { route, result, reasons: [] };
  });
}

function compileRoute(route: Route, port: number): CompiledRoute {
  const { hosts, matches } = route;
  return {
    route,
    host: hosts.length === 0 ? null : hostCondition(hosts),
    matches:
      matches.length === 0
        ? [{ decision: { route, match: null }, conditions: [] }]
        : matches.map((match) => ({ decision: { route, match }, conditions: compileConditions(match, port) })),
  };
}

function firstMatch({ host, matches }: CompiledRoute, head: RoutableHead): CompiledMatch | undefined {
  if (host !== null && !host.holds(head)) return undefined;
  return matches.find(({ conditions }) => conditions.every((condition) => condition.holds(head)));
}

function mismatchReasons({ host, matches }: CompiledRoute, head: RoutableHead): string[] {
  if (host !== null && !host.holds(head)) return [mismatchReason(host, head)];
  return matches.flatMap(({ conditions }) => {
    const failed = conditions.find((condition) => !condition.holds(head));
    return failed === undefined ? [] : [mismatchReason(failed, head)];
  });
}

function mismatchReason(condition: MatchCondition, head: RoutableHead): string {
  const actual = condition.actual(head);
  return `${condition.text}: the request has ${actual === undefined ? "none" : JSON.stringify(actual)}`;
}
