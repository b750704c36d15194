import type { DirectResponse, Forward, RequestMatch, Route } from "../../model/routing.ts";
import { corsPolicy } from "./http/istio-cors.ts";
import { mergeMatches, type Delegates } from "./delegates.ts";
import { destinations, type Directory } from "./istio-destinations.ts";
import { fault } from "./http/istio-fault.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import type { GatewayHosts } from "./istio-gateway.ts";
import { headerChanges, type HeaderChanges } from "./http/istio-headers.ts";
import { isCatchAll, routeName, type HostedRoutes } from "./hosted-routes.ts";
import { isHost, namesOf } from "./istio-hosts.ts";
import { httpMatch, MESH } from "./http/istio-match.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { mirrors, type MirrorSettings } from "./istio-mirrors.ts";
import { directResponse, redirect } from "./http/istio-redirect.ts";
import { retries } from "./http/istio-retries.ts";
import { matchesForRewrite, uriRewrite, warnDoubleSlash } from "./http/istio-rewrite.ts";
import { duration, flag, text, texts } from "../kubernetes/scalar-fields.ts";

/** The context for reading routes. */
export interface RouteContext {
  readonly directory: Directory;
  readonly gateways: GatewayHosts;
  readonly mirrors: MirrorSettings;
  readonly delegates: Delegates;
}

const NOT_HTTP = "ignored; shadowdiff mirrors and compares only HTTP";

/** A VirtualService of networking.istio.io. */
export function virtualService(spec: DocumentField, metadata: Metadata, context: RouteContext): HostedRoutes {
  spec.remark("warning", { tls: NOT_HTTP, tcp: NOT_HTTP });
  spec.remark("note", { exportTo: "shadowdiff has no namespaces" });
  const gatewaysField = spec.child("gateways");
  const gateways = texts(gatewaysField);
  const bound = gateways.length === 0 ? [MESH] : gateways;
  const hostsField = spec.child("hosts");
  const hosts = hostsOf(hostsField, metadata);
  const fields = httpOf(spec);
  const routes = fields.flatMap((field, index) => {
    const name = nameOf(field, metadata, index, fields.length);
    const delegate = field.child("delegate");
    return delegate === undefined || hasAction(field)
      ? httpRoute({ field, name, metadata, bound }, context)
      : delegated({ field, name, metadata, bound }, delegate, context);
  });
  warnUnreachable(fields, routes);
  const names = context.gateways.narrow(hosts, bound, metadata, gatewaysField ?? spec);
  return { hosts: names, routes: routes.map(({ route }) => route), field: hostsField ?? spec };
}

function httpOf(spec: DocumentField): readonly DocumentField[] {
  const http = spec.child("http");
  if (http === undefined) spec.warn("no http, so it defines no routes");
  return http?.items() ?? [];
}

function nameOf(field: DocumentField, metadata: Metadata, index: number, count: number): string {
  const own = text(field.child("name"));
  return own === undefined ? routeName(metadata.name, count > 1 ? index + 1 : undefined) : routeName(own);
}

/** Reads the hosts, and returns all their names. */
function hostsOf(field: DocumentField | undefined, { namespace }: Metadata): readonly string[] {
  return (
    field?.items().flatMap((item) => {
      const host = text(item);
      if (host === undefined) return [];
      if (!isHost(host)) {
        item.error(`${JSON.stringify(host)} is not a valid host`, "a name, *.suffix or *");
        return [];
      }
      const names = namesOf(host, namespace);
      if (host !== "*") item.note(`matches requests with Host ${names.join(", ")}`);
      return names;
    }) ?? []
  );
}

interface BuiltRoute {
  readonly field: DocumentField;
  readonly route: Route;
}

/** An item of `http` with its document. */
interface WrittenRoute {
  readonly field: DocumentField;
  readonly name: string;
  readonly metadata: Metadata;
  /** The gateways of the VirtualService. */
  readonly bound: readonly string[];
}

/** A delegating route. Its fields apply to the routes of the delegate that do not set them. */
interface DelegatingRoute extends WrittenRoute {
  readonly matches: readonly RequestMatch[];
  /** Names of the fields that at least one route inherited. */
  readonly taken: Set<string>;
}

const INHERITED = [
  "rewrite",
  "timeout",
  "retries",
  "fault",
  "mirror",
  "mirrors",
  "mirrorPercent",
  "mirrorPercentage",
  "corsPolicy",
  "headers",
];

/** Replaces a delegating route by the routes of its delegate. */
function delegated(written: WrittenRoute, delegate: DocumentField, context: RouteContext): readonly BuiltRoute[] {
  const { field, metadata, bound } = written;
  const target = context.delegates.find(delegate, metadata.namespace);
  const matches = matchesOf(field, bound);
  const root: DelegatingRoute = { ...written, matches: matches ?? [], taken: new Set() };
  const { spec } = target ?? {};
  spec?.remark("warning", {
    tls: NOT_HTTP,
    tcp: NOT_HTTP,
    gateways: "ignored; the gateways of the delegating route apply",
  });
  spec?.remark("note", { exportTo: "shadowdiff has no namespaces" });
  const fields = spec === undefined ? [] : httpOf(spec);
  const routes = fields.flatMap((own, index): readonly BuiltRoute[] => {
    if (target === undefined || matches === undefined) return [];
    const name = routeName(written.name, nameOf(own, target.metadata, index, fields.length));
    const further = own.child("delegate");
    if (further === undefined) return httpRoute({ field: own, name, metadata: target.metadata, bound }, context, root);
    further.error("a delegate cannot delegate further; write the routes here");
    own.skip();
    return [];
  });
  warnUnreachable(
    fields,
    routes.filter((one) => one.field.child("match") === undefined),
  );
  for (const name of INHERITED.filter((one) => !root.taken.has(one))) {
    const left = field.child(name)?.skip();
    if (routes.length > 0) left?.note("has no effect; no route of the delegate inherits it");
  }
  return routes.map(({ route }) => ({ field, route }));
}

function hasAction(field: DocumentField): boolean {
  return ["route", "redirect", "directResponse"].some((name) => field.child(name) !== undefined);
}

/** @returns undefined if none of the matches can ever match */
function matchesOf(field: DocumentField, bound: readonly string[]): readonly RequestMatch[] | undefined {
  const all = field.child("match")?.items() ?? [];
  const known = all.flatMap((one) => httpMatch(one, bound) ?? []);
  return all.length > 0 && known.length === 0 ? undefined : known;
}

function httpRoute(written: WrittenRoute, context: RouteContext, root?: DelegatingRoute): readonly BuiltRoute[] {
  const { field, name, bound } = written;
  const own = matchesOf(field, bound);
  const action = actionOf(written, context, root);
  if (action === undefined || own === undefined) return [];
  const known = root === undefined ? own : mergeMatches(root.matches, own);
  if (known === null) {
    const matchField = field.child("match") ?? field;
    const whole = `${root?.field.path} (${root?.field.place})`;
    matchField.warn(
      `ignored, as in a mesh: each match must be a subset of one of ${whole}, by exact or prefix; a regular expression never is`,
    );
    return [];
  }
  const rewrite = action.type === "forward" ? action.rewrite?.uri : action.type === "redirect" ? action.uri : undefined;
  const matches = matchesForRewrite(known, rewrite);
  const rewriteField = (field.child("rewrite") ?? root?.field.child("rewrite"))?.child("uri");
  if (rewriteField !== undefined) warnDoubleSlash(matches, rewrite, rewriteField);
  return [{ field, route: { name, hosts: [], matches, action } }];
}

const ACTIONS = ["route", "redirect", "directResponse", "delegate"] as const;

function actionOf(
  written: WrittenRoute,
  context: RouteContext,
  root: DelegatingRoute | undefined,
): Route["action"] | undefined {
  const { field } = written;
  const [first, ...others] = ACTIONS.flatMap((name) => field.child(name) ?? []);
  if (first === undefined) reportNoAction(field);
  for (const other of others) other.skip().error(`${first?.name} is already set; a route has one action`);
  if (first === undefined || first.name === "delegate") {
    // One error is enough; do not report these fields as unknown.
    for (const name of [...USELESS, "headers"]) field.child(name)?.skip();
    return undefined;
  }
  if (first.name === "route") return forward(written, first, context, root);
  warnIneffective(field, first.name);
  return first.name === "redirect" ? redirect(first) : directResponse(first, addedHeaders(field, headerChanges(field)));
}

/** Reports a route without an action. The usual cause is too much indentation below the last match. */
function reportNoAction(field: DocumentField): void {
  const matches = field.child("match");
  const inside = (matches?.isList === true ? matches.items() : [])
    .filter((match) => match.isMapping)
    .flatMap((match) => ACTIONS.flatMap((name) => match.child(name) ?? []));
  for (const action of inside) {
    action.skip().error(`${action.name} belongs next to match, not inside it; indent it less`);
  }
  if (inside.length === 0) field.error(`missing: one of ${ACTIONS.join(", ")}`);
}

function addedHeaders(field: DocumentField, { request, response }: HeaderChanges): DirectResponse["headers"] {
  if (request.set.length + request.add.length + request.remove.length > 0) {
    field.child("headers")?.warn("the request is not forwarded; only set and add of the response apply");
  }
  return [...response.set, ...response.add];
}

/** Fields that only apply to forwarded requests. */
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

function warnIneffective(field: DocumentField, action: string): void {
  for (const name of action === "redirect" ? [...USELESS, "headers"] : USELESS)
    field.child(name)?.skip().warn(`${action} does not forward the request; this has no effect`);
}

/** The fields of a route, and those that it inherits from the delegating route. */
function withInherited(field: DocumentField, root: DelegatingRoute | undefined): Pick<DocumentField, "child"> {
  return {
    child(name) {
      const own = field.child(name);
      if (own !== undefined || root === undefined || !INHERITED.includes(name)) return own;
      const taken = root.field.child(name);
      if (taken !== undefined) root.taken.add(name);
      return taken;
    },
  };
}

function forward(
  { field: own, metadata: { namespace } }: WrittenRoute,
  route: DocumentField,
  context: RouteContext,
  root: DelegatingRoute | undefined,
): Forward | undefined {
  const { directory } = context;
  const field = withInherited(own, root);
  if (route.items().length === 0) route.error("no destination");
  const to = destinations(route, namespace, directory);
  const changes = headerChanges(field);
  const rewrite = field.child("rewrite");
  const authority = text(rewrite?.child("authority")) ?? changes.authority;
  const uri = uriRewrite(rewrite);
  const timeoutMs = duration(field.child("timeout"));
  const settings = timeoutMs ? { ...context.mirrors, timeoutMs } : context.mirrors;
  const mirrorsItself = own.child("mirror") !== undefined || own.child("mirrors") !== undefined;
  // A short host name belongs to the namespace of its document.
  const mirrorNamespace = mirrorsItself || root === undefined ? namespace : root.metadata.namespace;
  const candidates = mirrors(field, mirrorNamespace, directory, settings);
  // Upgrades are always proxied, as in Istio since 1.0.
  flag(field.child("websocketUpgrade"));
  const action: Forward = {
    type: "forward",
    destinations: to,
    sticky: undefined,
    rewrite: uri === undefined && authority === undefined ? undefined : { uri, authority },
    requestHeaders: changes.request,
    responseHeaders: changes.response,
    // 0s disables the timeout.
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    retries: retries(field.child("retries")),
    fault: fault(field.child("fault")),
    cors: corsPolicy(field.child("corsPolicy")),
    candidates,
    secondary: undefined,
  };
  return to.length === 0 ? undefined : action;
}

function warnUnreachable(fields: readonly DocumentField[], routes: readonly BuiltRoute[]): void {
  const first = routes.find(({ route }) => isCatchAll(route));
  if (first === undefined) return;
  for (const field of fields.slice(fields.indexOf(first.field) + 1)) {
    field.warn(`unreachable: ${first.field.path} matches all requests before it`);
  }
}
