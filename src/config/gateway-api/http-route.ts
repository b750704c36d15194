import type { Destination, NamedMatch, RequestMatch, Route, StringMatch } from "../../model/routing.ts";
import { MAX_WEIGHT } from "../defaults.ts";
import { backend } from "./backend-ref.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { checkName } from "../istio/http/istio-headers.ts";
import { isCatchAll, routeName, type HostedRoutes } from "../istio/hosted-routes.ts";
import { isHost } from "../istio/istio-hosts.ts";
import { modifiersOf, readFilters } from "./http-route-filters.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { ANY_REQUEST } from "../istio/http/istio-rewrite.ts";
import { duration, number, oneOf, text } from "../kubernetes/scalar-fields.ts";
import { checkedRegex } from "../istio/http/istio-string-match.ts";
import type { RouteContext } from "../istio/virtual-service.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"] as const;

/** An HTTPRoute of gateway.networking.k8s.io. */
export function httpRoute(spec: DocumentField, metadata: Metadata, context: RouteContext): HostedRoutes {
  spec.remark("note", { parentRefs: "shadowdiff has one listener for all routes" });
  spec.remark("warning", { useDefaultGateways: "shadowdiff has one listener for all routes" });
  const rules = spec.child("rules");
  const fields = rules?.items() ?? [];
  if (fields.length === 0) (rules ?? spec).warn("no rules, so it defines no routes");
  const read = fields.flatMap((field, index) => rule(field, index, fields.length, metadata, context));
  const hostsField = spec.child("hostnames");
  const hosts = hostsField?.items().flatMap(hostname) ?? [];
  const routes = orderByPrecedence(read);
  warnUnreachable(fields, read, routes);
  return { hosts: hosts.length === 0 ? ["*"] : hosts, routes, field: hostsField ?? spec };
}

function hostname(field: DocumentField): readonly string[] {
  const host = text(field);
  if (host === undefined) return [];
  if (!isHost(host) || host === "*") {
    field.error(`${JSON.stringify(host)} is not a valid host`, "a name or *.suffix");
    return [];
  }
  field.note(`matches requests with Host ${host}`);
  return [host.toLowerCase()];
}

/** A rule with one of its matches. Precedence is between matches, not between rules. */
interface Ranked {
  readonly field: DocumentField;
  readonly match: RequestMatch;
  readonly route: Route;
}

function rule(
  field: DocumentField,
  index: number,
  count: number,
  metadata: Metadata,
  context: RouteContext,
): readonly Ranked[] {
  const named = text(field.child("name"));
  const name = routeName(metadata.name, named ?? (count > 1 ? index + 1 : undefined));
  const matches = field.child("matches")?.items().map(routeMatch) ?? [];
  const all = matches.length === 0 ? [anyPath()] : matches;
  const timeouts = field.child("timeouts");
  const timeoutMs = duration(timeouts?.child("request"));
  const perTryTimeoutMs = duration(timeouts?.child("backendRequest"));
  const retry = field.child("retry");
  retry?.remark("warning", {
    codes:
      "ignored; shadowdiff retries when it cannot connect, and GET, HEAD and OPTIONS also when the connection breaks",
    backoff: "not supported; retries start immediately",
  });
  const attempts = number(retry?.child("attempts"), { min: 0, max: 100 }) ?? 0;
  field.remark("warning", { sessionPersistence: "not supported; each request selects a backend by weight" });
  const filtersField = field.child("filters");
  const filters = readFilters(filtersField, metadata, context, timeoutMs);
  const backends = field.child("backendRefs");
  const { redirect } = filters;
  if (redirect !== undefined) {
    for (const useless of [backends, timeouts, retry]) {
      useless?.skip().warn("has no effect with a redirect");
    }
    return all.map((match) => ({
      field,
      match,
      route: { name, hosts: [], matches: [match], action: redirect(match) },
    }));
  }
  const to = backends === undefined ? [] : backendRefs(backends, metadata, context);
  if (to.length === 0) {
    if (backends === undefined || backends.items().length === 0) {
      (backends ?? field).error("no backendRefs; write at least one");
    }
    return [];
  }
  const wholeMs = timeoutMs ? timeoutMs : undefined;
  const tryMs = perTryTimeoutMs ? perTryTimeoutMs : undefined;
  return all.map((match) => ({
    field,
    match,
    route: {
      name,
      hosts: [],
      matches: [match],
      action: {
        type: "forward",
        destinations: to,
        sticky: undefined,
        rewrite: filters.rewrite?.(match),
        requestHeaders: filters.requestHeaders,
        responseHeaders: filters.responseHeaders,
        timeoutMs: attempts === 0 ? (wholeMs ?? tryMs) : wholeMs,
        retries: attempts === 0 ? undefined : { attempts, perTryTimeoutMs: tryMs },
        fault: undefined,
        cors: filters.cors,
        candidates: filters.mirrors,
        secondary: undefined,
      },
    },
  }));
}

function anyPath(): RequestMatch {
  return { ...ANY_REQUEST, uri: { type: "path-prefix", value: "/" } };
}

function routeMatch(field: DocumentField): RequestMatch {
  const path = field.child("path");
  const method = oneOf(field.child("method"), METHODS);
  return {
    ...ANY_REQUEST,
    uri: path === undefined ? { type: "path-prefix", value: "/" } : pathMatch(path),
    method: method === undefined ? undefined : { type: "exact", value: method },
    headers: firstOfEach(field.child("headers"), (name) => name.toLowerCase()),
    queryParams: firstOfEach(field.child("queryParams"), (name) => name),
  };
}

function pathMatch(field: DocumentField): StringMatch {
  const type = oneOf(field.child("type"), ["Exact", "PathPrefix", "RegularExpression"]) ?? "PathPrefix";
  const valueField = field.child("value");
  const value = text(valueField) ?? "/";
  if (type === "RegularExpression") {
    return { type: "regex", source: valueField === undefined ? value : checkedRegex(value, valueField) };
  }
  if (!value.startsWith("/")) valueField?.error("a path must start with /");
  if (type === "Exact") return { type: "exact", value };
  // `/foo/` equals `/foo`.
  return { type: "path-prefix", value: value.length > 1 ? value.replace(/\/+$/, "") || "/" : value };
}

/** Only the first entry of a name applies. */
function firstOfEach(field: DocumentField | undefined, key: (name: string) => string): readonly NamedMatch[] {
  const seen = new Set<string>();
  return (
    field?.items().flatMap((item) => {
      const written = text(item.child("name"));
      const type = oneOf(item.child("type"), ["Exact", "RegularExpression"]) ?? "Exact";
      const valueField = item.child("value");
      const value = text(valueField) ?? "";
      if (written === undefined) item.error("missing: name");
      if (written === undefined) return [];
      checkName(written, item);
      const name = key(written);
      if (seen.has(name)) {
        item.warn(`${name} is already matched above; only the first entry of a name applies`);
        return [];
      }
      seen.add(name);
      const source = type === "Exact" || valueField === undefined ? value : checkedRegex(value, valueField);
      return [{ name, match: type === "Exact" ? { type: "exact", value } : { type: "regex", source } }];
    }) ?? []
  );
}

function backendRefs(field: DocumentField, metadata: Metadata, context: RouteContext): readonly Destination[] {
  const all = field.items().map((item) => ({
    item,
    target: backend(item, metadata),
    weight: number(item.child("weight"), { min: 0, max: MAX_WEIGHT }) ?? 1,
    changes: modifiersOf(item.child("filters")),
  }));
  const sum = all.reduce((total, { weight }) => total + weight, 0);
  if (sum === 0 && all.length > 0) {
    field.error("all weights are 0; at least one must be greater");
    return [];
  }
  return all.flatMap(({ item, target, weight, changes }) =>
    target === undefined || (weight === 0 && all.length > 1)
      ? []
      : [{ subset: context.directory.book.subsetAt(target, item), weight, ...changes }],
  );
}

/**
 * Gateway API, HTTPRouteRule: exact paths first, then the longest prefix, then a method, then most headers, then most
 * query parameters; then document order. The standard leaves regular expressions open: they precede prefixes, since after `/` none would match.
 */
function orderByPrecedence(read: readonly Ranked[]): readonly Route[] {
  const ordered = read.toSorted((a, b) => compare(rank(a.match), rank(b.match)));
  return ordered.reduce<Route[]>((all, { route }) => {
    const last = all.at(-1);
    if (last === undefined || !isSameAction(last, route)) return [...all, route];
    return [...all.slice(0, -1), { ...last, matches: [...last.matches, ...route.matches] }];
  }, []);
}

/** The precedence of a match; the greatest comes first. */
function rank({ uri, method, headers, queryParams }: RequestMatch): readonly number[] {
  const kind = uri?.type === "exact" ? 2 : uri?.type === "regex" ? 1 : 0;
  const length = uri !== undefined && "value" in uri ? uri.value.length : 0;
  return [kind, length, method === undefined ? 0 : 1, headers.length, queryParams.length];
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, index) => (b[index] ?? 0) - value).find((difference) => difference !== 0) ?? 0;
}

function isSameAction(a: Route, b: Route): boolean {
  return a.name === b.name && textOf(a.action) === textOf(b.action);
}

function textOf(action: Route["action"]): string {
  return JSON.stringify(action, (_, value: unknown) => (value instanceof Set ? [...(value as Set<string>)] : value));
}

function warnUnreachable(fields: readonly DocumentField[], read: readonly Ranked[], routes: readonly Route[]): void {
  const end = routes.findIndex(isCatchAll);
  const reached = new Set(routes.slice(0, end + 1).map(({ name }) => name));
  if (end === -1) return;
  for (const { field, route } of read) {
    if (!reached.has(route.name) && fields.includes(field))
      field.warn("unreachable: another rule matches all requests before it");
  }
}
