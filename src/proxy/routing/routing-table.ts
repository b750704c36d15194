import type { UpstreamLimits } from "../../model/config.ts";
import type { DirectResponse, Forward, Redirect, RequestMatch, Route } from "../../model/routing.ts";
import { unreachable } from "../../lib/unreachable.ts";
import type { ClientLease } from "../../upstream/client-registry.ts";
import { withHost } from "../../http/header-changes.ts";
import type { LegTimeouts, LegRequest } from "../../upstream/leg.ts";
import type { RoutableHead } from "./match-conditions.ts";
import { compileCors, type CorsDecision } from "./cors-policy.ts";
import { type CompiledDestination, compileDestinations } from "./weighted-destinations.ts";
import { compileRedirect, directResponse, type LocalResponse } from "../exchange/local-response.ts";
import type { RequestHead } from "../exchange/request-head.ts";
import { compileRewrite } from "./path-rewrite.ts";
import { createRouter } from "./router.ts";

/** A route that forwards, ready for requests. */
export interface ForwardPlan {
  readonly type: "forward";
  readonly route: Route;
  readonly forward: Forward;
  /** The match that led here; rewriting starts from what it covered. */
  readonly match: RequestMatch | null;
  readonly limits: LegTimeouts;
  pick(head: RoutableHead): CompiledDestination;
  cors(head: RoutableHead): CorsDecision | null;
  /** What every leg gets. */
  request(head: RequestHead, destination: CompiledDestination): Omit<LegRequest, "body">;
}

/** A route that answers by itself. */
interface AnswerPlan {
  readonly type: "answer";
  readonly route: Route;
  answer(head: RoutableHead): LocalResponse;
}

/** Routes in force, with the connections that they use. */
export interface RoutingTable {
  /** @returns null when no route takes the request */
  plan(head: RoutableHead): ForwardPlan | AnswerPlan | null;
  /** Entered by each request that follows these routes. */
  readonly lease: ClientLease;
}

export interface RoutingTableOptions {
  readonly routes: readonly Route[];
  readonly upstream: UpstreamLimits;
  /** Of the listener. */
  readonly port: number;
  readonly lease: ClientLease;
  /** Uniform in [0, 1). */
  random(): number;
}

/**
 * Compiles routes.
 * @throws RE2JSSyntaxException for a regular expression that is none; a checked configuration has none of these
 */
export function createRoutingTable(options: RoutingTableOptions): RoutingTable {
  const { routes, port, lease } = options;
  const route = createRouter(routes, port);
  const planners = new Map(routes.map((each) => [each, planner(each, options)]));
  return {
    lease,
    plan(head) {
      const decision = route(head);
      return decision === null ? null : (planners.get(decision.route)?.(decision.match) ?? null);
    },
  };
}

type Planner = (match: RequestMatch | null) => ForwardPlan | AnswerPlan;

function planner(route: Route, options: RoutingTableOptions): Planner {
  const { action } = route;
  switch (action.type) {
    case "forward":
      return perMatch(route, forwardPlanner(route, action, options));
    case "redirect":
      return perMatch(route, redirectPlanner(route, action));
    case "direct-response":
      return perMatch(route, directPlanner(route, action));
  }
  return unreachable(action);
}

/** Makes the plans beforehand, one for each match. */
function perMatch({ matches }: Route, planner: Planner): Planner {
  const always = planner(null);
  const plans = new Map(matches.map((match) => [match, planner(match)]));
  return (match) => (match === null ? always : (plans.get(match) ?? always));
}

function redirectPlanner(route: Route, action: Redirect): Planner {
  const redirect = compileRedirect(action);
  return (match) => ({ type: "answer", route, answer: (head) => redirect(head, match) });
}

function directPlanner(route: Route, action: DirectResponse): Planner {
  const answer = directResponse(action);
  return () => ({ type: "answer", route, answer: () => answer });
}

function forwardPlanner(route: Route, forward: Forward, options: RoutingTableOptions): Planner {
  const { rewrite, cors: corsPolicy } = forward;
  const rewriteUri = rewrite?.uri === undefined ? undefined : compileRewrite(rewrite.uri);
  const cors = corsPolicy === undefined ? undefined : compileCors(corsPolicy);
  const pick = compileDestinations(forward, options.lease, () => options.random());
  const limits = limitsOf(forward, options.upstream);
  return (match) => ({
    type: "forward",
    route,
    forward,
    match,
    limits,
    pick,
    cors: (head) => cors?.(head) ?? null,
    request(head, { changeRequest }) {
      const fields = rewrite?.authority === undefined ? head.fields : withHost(head.fields, rewrite.authority);
      return {
        method: head.method,
        target: rewriteUri?.(head.target, match) ?? head.target,
        headers: changeRequest?.(fields) ?? fields,
        upgrade: head.upgrade,
      };
    },
  });
}

/** A route's own timeout also says how long its head may take. */
function limitsOf({ timeoutMs }: Forward, upstream: UpstreamLimits): LegTimeouts {
  const { headTimeoutMs, idleTimeoutMs } = upstream;
  if (timeoutMs === undefined) return { headMs: headTimeoutMs, idleMs: idleTimeoutMs, totalMs: 0 };
  return { headMs: Math.max(headTimeoutMs, timeoutMs), idleMs: idleTimeoutMs, totalMs: timeoutMs };
}
