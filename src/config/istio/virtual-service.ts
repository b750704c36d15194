import type { DirectResponse, Forward, Route } from "../../model/routing.ts";
import { corsPolicy } from "./cors.ts";
import { destinations, type Directory } from "./destinations.ts";
import { fault } from "./fault.ts";
import type { Field } from "./field.ts";
import type { GatewayHosts } from "./gateway.ts";
import { headerChanges, type HeaderChanges } from "./header-operations.ts";
import { isCatchAll, routeName, type HostedRoutes } from "./hosted-routes.ts";
import { isHost, namesOf } from "./hosts.ts";
import { httpMatch, MESH } from "./http-match.ts";
import type { Metadata } from "./metadata.ts";
import { mirrors, type MirrorSettings } from "./mirrors.ts";
import { directResponse, redirect } from "./redirect.ts";
import { retries } from "./retries.ts";
import { matchesForRewrite, uriRewrite, warnOfDoubledSlash } from "./rewrite.ts";
import { duration, flag, text, texts } from "./scalars.ts";

/** What the readers of routes share. */
export interface RouteContext {
  readonly directory: Directory;
  readonly gateways: GatewayHosts;
  readonly mirrors: MirrorSettings;
}

const NOT_HTTP = "only HTTP is mirrored and compared; these routes are left out";

/** A VirtualService of networking.istio.io. */
export function virtualService(spec: Field, metadata: Metadata, context: RouteContext): HostedRoutes {
  spec.remark("warning", { tls: NOT_HTTP, tcp: NOT_HTTP });
  spec.remark("note", { exportTo: "there are no namespaces to be hidden from" });
  const gatewaysField = spec.child("gateways");
  const gateways = texts(gatewaysField);
  const bound = gateways.length === 0 ? [MESH] : gateways;
  const hostsField = spec.child("hosts");
  const hosts = hostsOf(hostsField, metadata);
  if (hostsField === undefined) {
    spec.error("missing: hosts; one that others delegate to is not joined to them, so copy its routes there");
  }
  const http = spec.child("http");
  if (http === undefined) spec.warn("no http: it makes no route");
  const fields = http?.items() ?? [];
  const routes = fields.flatMap((field, index) => {
    const position = fields.length > 1 ? index + 1 : undefined;
    const name = routeName(text(field.child("name")) ?? metadata.name, field.child("name") ? undefined : position);
    return httpRoute(field, name, bound, metadata, context);
  });
  warnOfUnreachable(fields, routes);
  const names = context.gateways.narrow(hosts, bound, metadata, gatewaysField ?? spec);
  return { hosts: names, routes: routes.map(({ route }) => route), field: hostsField ?? spec };
}

/** Every name by which clients may call the hosts. */
function hostsOf(field: Field | undefined, { namespace }: Metadata): readonly string[] {
  return (
    field?.items().flatMap((item) => {
      const host = text(item);
      if (host === undefined) return [];
      if (!isHost(host)) {
        item.error(`${JSON.stringify(host)} is no host`, "a name, *.suffix or *");
        return [];
      }
      const names = namesOf(host, namespace);
      if (host !== "*") item.note(`only for requests whose Host is ${names.join(", ")}`);
      return names;
    }) ?? []
  );
}

interface Read {
  readonly field: Field;
  readonly route: Route;
}

function httpRoute(
  field: Field,
  name: string,
  bound: readonly string[],
  metadata: Metadata,
  context: RouteContext,
): readonly Read[] {
  const matchField = field.child("match");
  const all = matchField?.items() ?? [];
  const known = all.flatMap((one) => httpMatch(one, bound) ?? []);
  const action = actionOf(field, metadata, context);
  if (action === undefined || (all.length > 0 && known.length === 0)) return [];
  const rewrite = action.type === "forward" ? action.rewrite?.uri : action.type === "redirect" ? action.uri : undefined;
  const matches = matchesForRewrite(known, rewrite);
  const rewriteField = field.child("rewrite")?.child("uri");
  if (rewriteField !== undefined) warnOfDoubledSlash(matches, rewrite, rewriteField);
  return [{ field, route: { name, hosts: [], matches, action } }];
}

const ACTIONS = ["route", "redirect", "directResponse", "delegate"] as const;

function actionOf(field: Field, metadata: Metadata, context: RouteContext): Route["action"] | undefined {
  const [first, ...others] = ACTIONS.flatMap((name) => field.child(name) ?? []);
  if (first === undefined) field.error(`missing: one of ${ACTIONS.join(", ")}`);
  for (const other of others) other.skip().error(`${first?.name} is there already; a route does one thing`);
  if (first === undefined || first.name === "delegate") {
    first?.skip().error("the routes of another VirtualService are not joined to this one; write them here");
    // Each of them is known, and one error is enough.
    for (const name of [...USELESS, "headers"]) field.child(name)?.skip();
    return undefined;
  }
  if (first.name === "route") return forward(field, first, metadata, context);
  warnOfUseless(field, first.name);
  return first.name === "redirect" ? redirect(first) : directResponse(first, addedHeaders(field, headerChanges(field)));
}

function addedHeaders(field: Field, { request, response }: HeaderChanges): DirectResponse["headers"] {
  if (request.set.length + request.add.length + request.remove.length > 0) {
    field.child("headers")?.warn("the request goes nowhere: only what is set and added on the response counts");
  }
  return [...response.set, ...response.add];
}

/** What belongs to a request that goes somewhere. */
const USELESS = [
  "rewrite",
  "mirror",
  "mirrors",
  "mirrorPercent",
  "mirrorPercentage",
  "timeout",
  "retries",
  "fault",
  "corsPolicy",
  "websocketUpgrade",
];

function warnOfUseless(field: Field, action: string): void {
  for (const name of action === "redirect" ? [...USELESS, "headers"] : USELESS)
    field.child(name)?.skip().warn(`${action} answers at once; this has no effect`);
}

function forward(field: Field, route: Field, { namespace }: Metadata, context: RouteContext): Forward | undefined {
  const { directory } = context;
  if (route.items().length === 0) route.error("no destination");
  const to = destinations(route, namespace, directory);
  const changes = headerChanges(field);
  const rewrite = field.child("rewrite");
  const authority = text(rewrite?.child("authority")) ?? changes.authority;
  const uri = uriRewrite(rewrite);
  const timeoutMs = duration(field.child("timeout"));
  const settings = timeoutMs ? { ...context.mirrors, timeoutMs } : context.mirrors;
  const candidates = mirrors(field, namespace, directory, settings);
  // Upgrades pass without being asked for, as in Istio since 1.0.
  flag(field.child("websocketUpgrade"));
  const action: Forward = {
    type: "forward",
    destinations: to,
    sticky: undefined,
    rewrite: uri === undefined && authority === undefined ? undefined : { uri, authority },
    requestHeaders: changes.request,
    responseHeaders: changes.response,
    // 0s switches the timeout off.
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    retries: retries(field.child("retries")),
    fault: fault(field.child("fault")),
    cors: corsPolicy(field.child("corsPolicy")),
    candidates,
    secondary: undefined,
  };
  return to.length === 0 ? undefined : action;
}

function warnOfUnreachable(fields: readonly Field[], routes: readonly Read[]): void {
  const first = routes.find(({ route }) => isCatchAll(route));
  if (first === undefined) return;
  for (const field of fields.slice(fields.indexOf(first.field) + 1)) {
    field.warn(`unreachable: ${first.field.path} takes every request before it`);
  }
}
