import type { Config } from "../../model/config.ts";
import type { Forward, MirrorPolicy } from "../../model/routing.ts";
import type { RoutableHead } from "../../proxy/routing/match-conditions.ts";
import { compileRewrite } from "../../proxy/routing/path-rewrite.ts";
import { createRouter, explainRouting, type RouteDecision } from "../../proxy/routing/router.ts";
import { formatPercent } from "../../presentation/number-format.ts";
import { routeView } from "./route-view.ts";
import { textTable, type Cell } from "../terminal/text-table.ts";
import { SAFE_METHODS } from "../../http/request-semantics.ts";

/** What happens to one request, in words. */
export interface DecisionView {
  readonly method: string;
  readonly host: string;
  readonly target: string;
  /** Null: no route matches, and the answer is 404. */
  readonly route: string | null;
  readonly goesTo: readonly string[];
  /** What the upstreams get; null when nothing is sent on. */
  readonly sent: { readonly target: string; readonly host: string } | null;
  readonly mirroredTo: readonly string[];
  /** For each route in their order why it takes the request, or not. */
  readonly why: readonly { readonly route: string; readonly result: string; readonly reasons: readonly string[] }[];
}

/** Decides one request as the proxy would. */
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
      decision === null ? ["answered here: 404, no route matches"] : routeView(decision.route, listen.port).goesTo,
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
    const { subset, methods, percent, sticky } = policy;
    if (!methods.has(method)) return `${subset.name}: no, ${method} is not among ${[...methods].join(", ")}`;
    if (percent === 0) return `${subset.name}: no, 0 %`;
    const by = sticky === undefined ? "" : `, decided by ${sticky.type} ${sticky.name}`;
    return `${subset.name}: ${formatPercent(percent)} of such requests${by}`;
  });
  if (secondary === undefined || !candidates.some(takes)) return texts;
  const share = `${formatPercent(secondary.percent)} of the mirrored ones, for noise`;
  if (secondary.subset !== "primary") return [...texts, `${secondary.subset.name}: ${share}`];
  return SAFE_METHODS.has(method) ? [...texts, `the primary once more: ${share}`] : texts;
}

const RESULTS: Readonly<Record<string, string>> = {
  taken: "takes it",
  matches: "would take it, but comes later",
  "no match": "no",
};

/** The decision for a terminal. */
export function decisionText(view: DecisionView): string {
  const { method, host, target, route, goesTo, sent, mirroredTo, why } = view;
  const changed = sent !== null && (sent.target !== target || sent.host !== host);
  const facts: (readonly Cell[])[] = [
    [["request"], [`${method} ${target}, host ${host}`]],
    [["route"], [route ?? "none"]],
    [["goes to"], goesTo],
    ...(changed ? [[["sent as"], [`${method} ${sent.target}, host ${sent.host}`]]] : []),
    [["mirrored to"], mirroredTo.length === 0 ? ["nobody"] : mirroredTo],
  ];
  const reasons = why.map(({ route: name, result, reasons: against }, index): readonly Cell[] => [
    [String(index + 1)],
    [name],
    [RESULTS[result] ?? result],
    against,
  ]);
  return [...textTable(facts), "", ...textTable([[["#"], ["route"], ["takes it"], ["why not"]], ...reasons]), ""].join(
    "\n",
  );
}
