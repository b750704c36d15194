import type { RequestMatch, StringMatch } from "../../model/routing.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import type { HostedRoutes } from "../istio/hosted-routes.ts";
import { HTTP_ROUTE, readFilters } from "./route-filters.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { ANY_REQUEST } from "../istio/http/istio-rewrite.ts";
import { duration, number, oneOf, text } from "../kubernetes/scalar-fields.ts";
import { checkedRegex } from "../istio/http/istio-string-match.ts";
import type { RouteContext } from "../istio/virtual-service.ts";
import { firstOfEach, headerMatches } from "./header-matches.ts";
import { hostedRules } from "./hosted-rules.ts";
import type { Ranked } from "./ranked-routes.ts";
import { weightedBackends } from "./weighted-backends.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"] as const;

/** An HTTPRoute of gateway.networking.k8s.io. */
export function httpRoute(spec: DocumentField, metadata: Metadata, context: RouteContext): HostedRoutes {
  return hostedRules(spec, metadata, (field, name) => rule(field, name, metadata, context));
}

function rule(field: DocumentField, name: string, metadata: Metadata, context: RouteContext): readonly Ranked[] {
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
  const filters = readFilters(field.child("filters"), metadata, context, timeoutMs, HTTP_ROUTE);
  const { redirect } = filters;
  if (redirect !== undefined) {
    for (const useless of [field.child("backendRefs"), timeouts, retry]) {
      useless?.skip().warn("has no effect with a redirect");
    }
    return all.map((match) => ({
      field,
      match,
      rank: rank(match),
      route: { name, hosts: [], matches: [match], action: redirect(match) },
    }));
  }
  const to = weightedBackends(field, metadata, context, HTTP_ROUTE);
  if (to.length === 0) return [];
  const wholeMs = timeoutMs ? timeoutMs : undefined;
  const tryMs = perTryTimeoutMs ? perTryTimeoutMs : undefined;
  return all.map((match) => ({
    field,
    match,
    rank: rank(match),
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
    headers: headerMatches(field.child("headers")),
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

/**
 * The precedence of a match. Gateway API, HTTPRouteRule: exact paths first, then the longest prefix, then a method, then most
 * headers, then most query parameters. The standard leaves regular expressions open: they precede prefixes, since after `/` none
 * would match.
 */
function rank({ uri, method, headers, queryParams }: RequestMatch): readonly number[] {
  const kind = uri?.type === "exact" ? 2 : uri?.type === "regex" ? 1 : 0;
  const length = uri !== undefined && "value" in uri ? uri.value.length : 0;
  return [kind, length, method === undefined ? 0 : 1, headers.length, queryParams.length];
}
