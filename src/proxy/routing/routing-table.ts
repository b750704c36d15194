import type { UpstreamLimits } from "../../model/config.ts";
import type { DirectResponse, Forward, Redirect, RequestMatch, Route } from "../../model/routing.ts";
import type { UpstreamRequest } from "../../model/mirror-stage.ts";
import { unreachable } from "../../lib/unreachable.ts";
import type { ClientLease } from "../../upstream/client-registry.ts";
import { withHost } from "../../http/header-operations.ts";
import type { LegTimeouts } from "../../upstream/leg.ts";
import type { RoutableHead } from "./match-conditions.ts";
import { compileCors, type CorsDecision } from "./cors-policy.ts";
import { type CompiledDestination, compileDestinations } from "./weighted-destinations.ts";
import { compileRedirect, directResponse, type LocalResponse } from "../exchange/local-response.ts";
import type { RequestHead } from "../exchange/request-head.ts";
import { compileRewrite } from "./path-rewrite.ts";
import { createRouter } from "./router.ts";

/** A forwarding route, compiled for one of its matches. */
export interface ForwardPlan {
  readonly type: "forward";
  readonly route: Route;
  readonly forward: Forward;
  /** The match that selected the route. A rewrite replaces the prefix that it matched. */
  readonly match: RequestMatch | null;
  readonly timeouts: LegTimeouts;
  pick(head: RoutableHead): CompiledDestination;
  cors(head: RoutableHead): CorsDecision | null;
  /** The request that all legs send. */
  request(head: RequestHead, destination: CompiledDestination): UpstreamRequest;
}

/** A redirect or direct response, compiled for one of its matches. */
interface LocalPlan {
  readonly type: "local";
  readonly route: Route;
  respond(head: RoutableHead): LocalResponse;
}

/** The compiled routes in force, with the clients that they use. */
export interface RoutingTable {
  /** @returns null when no route matches the request */
  plan(head: RoutableHead): ForwardPlan | LocalPlan | null;
  /** Held by each request that uses these routes. */
  readonly lease: ClientLease;
}

export interface RoutingTableOptions {
  readonly routes: readonly Route[];
  readonly upstream: UpstreamLimits;
  /** The port of the listener. */
  readonly port: number;
  readonly lease: ClientLease;
  /** Uniform in [0, 1). */
  random(): number;
}

/**
 * Compiles routes.
 * @throws RE2JSSyntaxException for an invalid regular expression. Validated configurations contain none
 */
export function createRoutingTable(options: RoutingTableOptions): RoutingTable {
  const { routes, port, lease } = options;
  const findRoute = createRouter(routes, port);
  const planCreators = new Map(routes.map((each) => [each, planCreator(each, options)]));
  return {
    lease,
    plan(head) {
      const decision = findRoute(head);
      return decision === null ? null : (planCreators.get(decision.route)?.(decision.match) ?? null);
    },
  };
}

type CreatePlan = (match: RequestMatch | null) => ForwardPlan | LocalPlan;

function planCreator(route: Route, options: RoutingTableOptions): CreatePlan {
  const { action } = route;
  switch (action.type) {
    case "forward":
      return createPerMatch(route, forwardPlanner(route, action, options));
    case "redirect":
      return createPerMatch(route, redirectPlanner(route, action));
    case "direct-response":
      return createPerMatch(route, directPlanner(route, action));
  }
  return unreachable(action);
}

/** Creates the plans in advance, one for each match. */
function createPerMatch({ matches }: Route, createPlan: CreatePlan): CreatePlan {
  const defaultPlan = createPlan(null);
  const plans = new Map(matches.map((match) => [match, createPlan(match)]));
  return (match) => (match === null ? defaultPlan : (plans.get(match) ?? defaultPlan));
}

function redirectPlanner(route: Route, action: Redirect): CreatePlan {
  const redirect = compileRedirect(action);
  return (match) => ({ type: "local", route, respond: (head) => redirect(head, match) });
}

function directPlanner(route: Route, action: DirectResponse): CreatePlan {
  const response = directResponse(action);
  return () => ({ type: "local", route, respond: () => response });
}

function forwardPlanner(route: Route, forward: Forward, options: RoutingTableOptions): CreatePlan {
  const { rewrite, cors: corsPolicy } = forward;
  const rewriteUri = rewrite?.uri === undefined ? undefined : compileRewrite(rewrite.uri);
  const cors = corsPolicy === undefined ? undefined : compileCors(corsPolicy);
  const pick = compileDestinations(forward, options.lease, () => options.random());
  const timeouts = legTimeouts(forward, options.upstream);
  return (match) => ({
    type: "forward",
    route,
    forward,
    match,
    timeouts,
    pick,
    cors: (head) => cors?.(head) ?? null,
    request(head, { changeRequest, authority }) {
      const host = rewrite?.authority ?? (head.authority === "" ? authority : undefined);
      const fields = host === undefined ? head.fields : withHost(head.fields, host);
      return {
        method: head.method,
        target: rewriteUri?.(head.target, match) ?? head.target,
        headers: changeRequest?.(fields) ?? fields,
        upgrade: head.upgrade,
      };
    },
  });
}

/** The timeouts of the primary leg. A route's timeout raises the timeout for the response head as well. */
export function legTimeouts({ timeoutMs }: Forward, upstream: UpstreamLimits): LegTimeouts {
  const { headTimeoutMs, idleTimeoutMs } = upstream;
  if (timeoutMs === undefined) return { headMs: headTimeoutMs, idleMs: idleTimeoutMs, totalMs: 0 };
  return { headMs: Math.max(headTimeoutMs, timeoutMs), idleMs: idleTimeoutMs, totalMs: timeoutMs };
}
