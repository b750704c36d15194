import type { Forward, RequestMatch, Route } from "../../model/routing.ts";
import { corsPolicy } from "./http/istio-cors.ts";
import { labelsOf } from "./destination-rule.ts";
import { checkWeights } from "./istio-destinations.ts";
import { fault } from "./http/istio-fault.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { NO_OPERATIONS, pairs } from "./http/istio-headers.ts";
import { isCatchAll, routeName, type HostedRoutes } from "./hosted-routes.ts";
import { namesOf } from "./istio-hosts.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { mirrorTo } from "./istio-mirrors.ts";
import { redirect } from "./http/istio-redirect.ts";
import { attemptsOf } from "./http/istio-retries.ts";
import { ANY_REQUEST, matchesForRewrite, uriRewrite, warnDoubleSlash } from "./http/istio-rewrite.ts";
import { duration, number, text } from "../kubernetes/scalar-fields.ts";
import { lowerCaseMatch, namedMatches, stringMatch } from "./http/istio-string-match.ts";
import type { RouteContext } from "./virtual-service.ts";
import type { SubsetTarget } from "./address-book.ts";

/** A RouteRule of config.istio.io/v1alpha2. `rulesOfServices` combines the rules of a service. */
export interface RouteRule {
  readonly field: DocumentField;
  readonly service: Omit<SubsetTarget, "subset" | "port">;
  readonly precedence: number;
  readonly route: Route | undefined;
}

const MAX_INT32 = 2 ** 31 - 1;
const NOT_HTTP = "only HTTP is supported; the rule never matches";
const BY_HEADER = "not supported; a request cannot change it";

export function routeRule(spec: DocumentField, metadata: Metadata, context: RouteContext): RouteRule | undefined {
  spec.remark("warning", { l4Fault: "not supported; only HTTP faults are injected" });
  const destination = spec.child("destination");
  const service = destination && serviceOf(destination, metadata);
  const precedence = number(spec.child("precedence"), { min: -MAX_INT32, max: MAX_INT32 }) ?? 0;
  if (service === undefined || destination === undefined) {
    (destination ?? spec).error("missing: destination, with the name of a service");
    spec.skip();
    return undefined;
  }
  const match = ruleMatch(spec.child("match"));
  const action = actionOf(spec, service, destination, context);
  if (match === undefined || action === undefined) return { field: spec, service, precedence, route: undefined };
  const rewrite = action.type === "forward" ? action.rewrite?.uri : action.type === "redirect" ? action.uri : undefined;
  const matches = matchesForRewrite(match === "any" ? [] : [match], rewrite);
  const rewriteField = spec.child("rewrite")?.child("uri");
  if (rewriteField !== undefined) warnDoubleSlash(matches, rewrite, rewriteField);
  const name = routeName(metadata.name ?? service.host);
  return { field: spec, service, precedence, route: { name, hosts: [], matches, action } };
}

/**
 * Orders the rules of each service by precedence. Istio sent requests without a matching rule to all instances of the service;
 * here they go to the address of the service, if it has one.
 */
export function rulesOfServices(rules: readonly RouteRule[], context: RouteContext): readonly HostedRoutes[] {
  const byService = Map.groupBy(rules, ({ service }) => namesOf(service.host, service.namespace)[0]);
  return [...byService.values()].flatMap((group) => {
    const ordered = group.toSorted((a, b) => b.precedence - a.precedence);
    const [first] = ordered;
    if (first === undefined) return [];
    const { service, field } = first;
    const last = ordered.findIndex(({ route }) => route !== undefined && isCatchAll(route));
    const reached = last === -1 ? ordered : ordered.slice(0, last + 1);
    for (const rule of ordered.slice(reached.length)) {
      rule.field.warn(`unreachable: the rule at ${ordered[last]?.field.place} matches all requests before it`);
    }
    const routes = reached.flatMap(({ route }) => route ?? []);
    const names = namesOf(service.host, service.namespace);
    field.note(`matches requests with Host ${names.join(", ")}`);
    return [{ hosts: names, routes: last === -1 ? [...routes, ...defaultRoute(first, context)] : routes, field }];
  });
}

function defaultRoute({ service, field }: RouteRule, context: RouteContext): readonly Route[] {
  const target = { ...service, subset: undefined, port: undefined };
  if (!context.directory.book.has(target)) {
    field.warn(
      `requests without a matching rule of ${service.host} get 404 and are not distributed over its versions; ` +
        `add a rule without match, or --address ${service.host}=URL`,
    );
    return [];
  }
  const subset = context.directory.book.subsetAt(target, field);
  const to = { subset, weight: 100, requestHeaders: NO_OPERATIONS, responseHeaders: NO_OPERATIONS };
  return [
    {
      name: routeName(service.host, "default"),
      hosts: [],
      matches: [],
      action: { ...NOTHING_ELSE, destinations: [to] },
    },
  ];
}

const NOTHING_ELSE: Omit<Forward, "destinations"> = {
  type: "forward",
  sticky: undefined,
  rewrite: undefined,
  requestHeaders: NO_OPERATIONS,
  responseHeaders: NO_OPERATIONS,
  timeoutMs: undefined,
  retries: undefined,
  fault: undefined,
  cors: undefined,
  candidates: [],
  secondary: undefined,
};

/** Reads an IstioService: `service` is the full name, otherwise `name` with `namespace` and `domain`. */
function serviceOf(field: DocumentField, metadata: Metadata): RouteRule["service"] | undefined {
  const name = text(field.child("name"));
  const namespace = text(field.child("namespace")) ?? metadata.namespace;
  const domainField = field.child("domain");
  const domain = text(domainField);
  if (domain !== undefined && domain !== "cluster.local" && domain !== "svc.cluster.local") {
    domainField?.warn("not supported; names are resolved in cluster.local");
  }
  const host = text(field.child("service")) ?? name;
  return host === undefined ? undefined : { host, namespace };
}

/** @returns `any` without conditions, undefined for conditions that can never match outside a mesh */
function ruleMatch(field: DocumentField | undefined): RequestMatch | "any" | undefined {
  if (field === undefined) return "any";
  const source = field.child("source")?.skip();
  source?.warn("outside a mesh the calling service is unknown, so this rule never matches");
  field.remark("warning", { tcp: NOT_HTTP, udp: NOT_HTTP });
  const other = source ?? field.child("tcp") ?? field.child("udp");
  const headers = field.child("request")?.child("headers");
  if (other !== undefined) {
    headers?.skip();
    return undefined;
  }
  if (headers === undefined) return "any";
  const special = new Map(headers.entries().map((entry) => [entry.name, entry]));
  const [uri, scheme, method, authority] = ["uri", "scheme", "method", "authority"].map((name) => special.get(name));
  return {
    ...ANY_REQUEST,
    uri: uri && stringMatch(uri),
    scheme: scheme && stringMatch(scheme),
    method: method && stringMatch(method),
    authority: authority && lowerCaseMatch(authority),
    headers: namedMatches(headers, true).filter(({ name }) => !["uri", "scheme", "method", "authority"].includes(name)),
  };
}

function actionOf(
  spec: DocumentField,
  service: RouteRule["service"],
  destination: DocumentField,
  context: RouteContext,
): Route["action"] | undefined {
  const redirectField = spec.child("redirect");
  const list = spec.child("route");
  if (redirectField !== undefined) {
    list?.skip().error("redirect is already set; a rule has one action");
    for (const name of [
      "websocketUpgrade",
      "rewrite",
      "mirror",
      "httpReqTimeout",
      "httpReqRetries",
      "httpFault",
      "appendHeaders",
      "corsPolicy",
    ]) {
      spec.child(name)?.skip().warn("redirect does not forward the request; this has no effect");
    }
    return redirect(redirectField);
  }
  const versions = list?.items() ?? [destination];
  const to = weightedDestinations(versions, service, list ?? destination, context);
  const timeoutMs = readSimple(spec.child("httpReqTimeout"), "simpleTimeout", (field) =>
    duration(field.child("timeout")),
  );
  const rewrite = spec.child("rewrite");
  const uri = uriRewrite(rewrite);
  const authority = text(rewrite?.child("authority"));
  const mirror = spec.child("mirror");
  const settings = timeoutMs ? { ...context.mirrors, timeoutMs } : context.mirrors;
  // Upgrades are always proxied.
  spec.child("websocketUpgrade");
  const action: Forward = {
    ...NOTHING_ELSE,
    destinations: to,
    rewrite: uri === undefined && authority === undefined ? undefined : { uri, authority },
    requestHeaders: { ...NO_OPERATIONS, add: pairs(spec.child("appendHeaders")) },
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    retries: readSimple(spec.child("httpReqRetries"), "simpleRetry", attemptsOf),
    fault: fault(spec.child("httpFault")),
    cors: corsPolicy(spec.child("corsPolicy")),
    candidates: mirror
      ? mirrorTo(mirror, mirrorTarget(mirror, service, context), 100, context.directory, settings)
      : [],
  };
  return to.length === 0 ? undefined : action;
}

function readSimple<T>(
  field: DocumentField | undefined,
  name: string,
  read: (field: DocumentField) => T,
): T | undefined {
  field?.remark("warning", { custom: "custom policies are not supported" });
  const inner = field?.child(name);
  inner?.remark("warning", { overrideHeaderName: BY_HEADER });
  return inner && read(inner);
}

/** Reads the weightedDestinations destinations; without `route`, the destination of the rule. */
function weightedDestinations(
  versions: readonly DocumentField[],
  service: RouteRule["service"],
  list: DocumentField,
  context: RouteContext,
): Forward["destinations"] {
  const all = versions.map((field) => {
    const own = field.child("destination");
    const of = (own && serviceOf(own, { name: undefined, namespace: service.namespace })) ?? service;
    const target = targetByLabels(of, field.child("labels") ?? own?.child("labels"), context);
    return { field, target, weight: number(field.child("weight"), { min: 0, max: MAX_INT32 }) };
  });
  if (
    !checkWeights(
      list,
      all.map(({ weight }) => weight),
    )
  )
    return [];
  const chosen = all.length === 1 ? all : all.filter(({ weight }) => (weight ?? 0) > 0);
  return chosen.map(({ field, target, weight }) => ({
    subset: context.directory.book.subsetAt(target, field),
    weight: all.length === 1 ? 100 : (weight ?? 0),
    requestHeaders: NO_OPERATIONS,
    responseHeaders: NO_OPERATIONS,
  }));
}

function mirrorTarget(field: DocumentField, service: RouteRule["service"], context: RouteContext): SubsetTarget {
  const own = serviceOf(field, { name: undefined, namespace: service.namespace }) ?? service;
  return targetByLabels(own, field.child("labels"), context);
}

/** RouteRules select instances by labels. A DestinationRule with the same labels names the subset; otherwise the label values do. */
function targetByLabels(
  service: RouteRule["service"],
  field: DocumentField | undefined,
  { directory }: RouteContext,
): SubsetTarget {
  const labels = labelsOf(field);
  const target = { ...service, subset: undefined, port: undefined };
  if (labels.size === 0) return target;
  const values = [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  return { ...target, subset: directory.rules.nameByLabels(target, labels) ?? values.join(".") };
}
