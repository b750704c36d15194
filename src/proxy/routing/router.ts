import type { RequestMatch, Route } from "../../model/routing.ts";
import { type Condition, conditionsOf, hostCondition, type RoutableHead } from "./match-conditions.ts";

/** Where a request goes, and by what. */
export interface Decision {
  readonly route: Route;
  /** The match that held; null for a route that takes everything. */
  readonly match: RequestMatch | null;
}

/** Why a route takes a request, or not. */
export interface RouteExplanation {
  readonly route: Route;
  /** `taken`: the first that matches; `matches`: would take it, but comes later. */
  readonly result: "taken" | "matches" | "no match";
  /** For each of its matches, or for its hosts, what did not hold; empty unless `no match`. */
  readonly reasons: readonly string[];
}

/** @returns the decision, or null when no route matches */
export type Router = (head: RoutableHead) => Decision | null;

interface CompiledMatch {
  readonly decision: Decision;
  readonly conditions: readonly Condition[];
}

interface CompiledRoute {
  readonly route: Route;
  readonly host: Condition | null;
  readonly matches: readonly CompiledMatch[];
}

/**
 * Compiles routes once; the first that matches takes a request.
 * @param port of the listener
 * @throws RE2JSSyntaxException for a regular expression that is none
 */
export function createRouter(routes: readonly Route[], port: number): Router {
  const compiled = routes.map((route) => compile(route, port));
  return (head) => {
    for (const route of compiled) {
      const match = firstMatch(route, head);
      if (match !== undefined) return match.decision;
    }
    return null;
  };
}

/**
 * Tells for every route why it takes a request, or not.
 * @param port of the listener
 */
export function explainRouting(routes: readonly Route[], port: number, head: RoutableHead): RouteExplanation[] {
  let taken = false;
  return routes.map((route) => {
    const compiled = compile(route, port);
    if (firstMatch(compiled, head) === undefined) {
      return { route, result: "no match", reasons: reasonsAgainst(compiled, head) };
    }
    const result = taken ? "matches" : "taken";
    taken = true;
    return { route, result, reasons: [] };
  });
}

function compile(route: Route, port: number): CompiledRoute {
  const { hosts, matches } = route;
  return {
    route,
    host: hosts.length === 0 ? null : hostCondition(hosts),
    matches:
      matches.length === 0
        ? [{ decision: { route, match: null }, conditions: [] }]
        : matches.map((match) => ({ decision: { route, match }, conditions: conditionsOf(match, port) })),
  };
}

function firstMatch({ host, matches }: CompiledRoute, head: RoutableHead): CompiledMatch | undefined {
  if (host !== null && !host.holds(head)) return undefined;
  return matches.find(({ conditions }) => conditions.every((condition) => condition.holds(head)));
}

function reasonsAgainst({ host, matches }: CompiledRoute, head: RoutableHead): string[] {
  if (host !== null && !host.holds(head)) return [reason(host, head)];
  return matches.flatMap(({ conditions }) => {
    const failed = conditions.find((condition) => !condition.holds(head));
    return failed === undefined ? [] : [reason(failed, head)];
  });
}

function reason(condition: Condition, head: RoutableHead): string {
  const actual = condition.actual(head);
  return `${condition.text}: here ${actual === undefined ? "there is none" : JSON.stringify(actual)}`;
}
