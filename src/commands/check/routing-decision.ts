import type { Config } from "../../model/config.ts";
import type { Forward, MirrorPolicy } from "../../model/routing.ts";
import type { RoutableHead } from "../../proxy/routing/match-conditions.ts";
import { compileRewrite } from "../../proxy/routing/path-rewrite.ts";
import { createRouter, explainRouting, type RouteDecision } from "../../proxy/routing/router.ts";
import { formatPercent, formatRate } from "../../presentation/words/number-format.ts";
import { routeView } from "../../proxy/routing/route-view.ts";
import { textTable, type Cell } from "../terminal/text-table.ts";
import { SAFE_METHODS } from "../../http/safe-methods.ts";

/** How one request is routed, in words. */
export interface DecisionView {
  readonly method: string;
  readonly host: string;
  readonly target: string;
  /** Null if no route matches; the response is 404 then. */
  readonly route: string | null;
  readonly goesTo: readonly string[];
  /** The request to the upstreams; null if none is sent. */
  readonly sent: { readonly target: string; readonly host: string } | null;
  readonly mirroredTo: readonly string[];
  /** For each route in order, whether and why it matches. */
  readonly why: readonly { readonly route: string; readonly result: string; readonly reasons: readonly string[] }[];
}

/** Routes one request as the proxy does. */
export function decideRequest({ routes, listen }: Config, head: RoutableHead): DecisionView {
  const decision = createRouter(routes, listen.port)(head);
  const action = decision?.route.action;
  const forward = action?.type === "forward" ? action : undefined;
  return {
    method: head.method,
    host: head.authority,
    target: head.target,
    route: decision?.route.name ?? null,
    goesTo:
      decision === null ? ["responds directly: 404, no route matches"] : routeView(decision.route, listen.port).goesTo,
    sent: decision === null || forward === undefined ? null : sentOf(decision, forward, head),
    mirroredTo: forward === undefined ? [] : mirrorsOf(forward, head.method),
    why: explainRouting(routes, listen.port, head).map(({ route, result, reasons }) => ({
      route: route.name,
      result,
      reasons,
    })),
  };
}

function sentOf({ match }: RouteDecision, { rewrite }: Forward, head: RoutableHead): NonNullable<DecisionView["sent"]> {
  const target = rewrite?.uri === undefined ? head.target : compileRewrite(rewrite.uri)(head.target, match);
  return { target, host: rewrite?.authority ?? head.authority };
}

function mirrorsOf({ candidates, secondary }: Forward, method: string): readonly string[] {
  const takes = ({ methods, percent }: MirrorPolicy): boolean => methods.has(method) && percent > 0;
  const texts = candidates.map((policy) => {
    const { subset, methods, percent, sticky, sampling } = policy;
    if (!methods.has(method)) return `${subset.name}: no, only ${[...methods].join(", ")}`;
    if (percent === 0) return `${subset.name}: no, 0%`;
    const by = sticky === undefined ? "" : `, sticky by ${sticky.type} ${sticky.name}`;
    const upTo = sampling === undefined ? "" : "up to ";
    const within =
      sampling === undefined ? "" : `, as far as its verdict needs them, within ${formatRate(sampling.budget)}`;
    return `${subset.name}: ${upTo}${formatPercent(percent)} of these requests${within}${by}`;
  });
  if (secondary === undefined || !candidates.some(takes)) return texts;
  const share = `${formatPercent(secondary.percent)} of the mirrored requests, to measure noise`;
  if (secondary.subset !== "primary") return [...texts, `${secondary.subset.name}: ${share}`];
  return SAFE_METHODS.has(method) ? [...texts, `primary again (self-check): ${share}`] : texts;
}

const RESULTS: Readonly<Record<string, string>> = {
  taken: "selected",
  matches: "matches, but comes later",
  "no match": "no",
};

/** Formats the decision for a terminal. */
export function decisionText(view: DecisionView): string {
  const { method, host, target, route, goesTo, sent, mirroredTo, why } = view;
  const changed = sent !== null && (sent.target !== target || sent.host !== host);
  const facts: (readonly Cell[])[] = [
    [["request"], [`${method} ${target}, host ${host}`]],
    [["route"], [route ?? "none"]],
    [["goes to"], goesTo],
    ...(changed ? [[["sent as"], [`${method} ${sent.target}, host ${sent.host}`]]] : []),
    [["mirrored to"], mirroredTo.length === 0 ? ["none"] : mirroredTo],
  ];
  const reasons = why.map(({ route: name, result, reasons: against }, index): readonly Cell[] => [
    [String(index + 1)],
    [name],
    [RESULTS[result] ?? result],
    against,
  ]);
  return [...textTable(facts), "", ...textTable([[["#"], ["route"], ["match"], ["why not"]], ...reasons]), ""].join(
    "\n",
  );
}
