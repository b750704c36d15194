import type { RequestMatch, StringMatch } from "../../model/routing.ts";
import type { HostedRoutes } from "../istio/hosted-routes.ts";
import { ANY_REQUEST, escapeRegex } from "../istio/http/istio-rewrite.ts";
import { checkedRegex } from "../istio/http/istio-string-match.ts";
import type { RouteContext } from "../istio/virtual-service.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { oneOf, text } from "../kubernetes/scalar-fields.ts";
import { describeValue } from "../values/value-type.ts";
import { headerMatches } from "./header-matches.ts";
import { hostedRules } from "./hosted-rules.ts";
import type { Ranked } from "./ranked-routes.ts";
import { GRPC_ROUTE, readFilters } from "./route-filters.ts";
import { weightedBackends } from "./weighted-backends.ts";

const MIRRORED_METHOD = "POST";
const SERVICE = /^\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
const METHOD = /^[A-Za-z_]\w*$/;
const ANY_NAME = "[^/]+";
const ANY_CALL: StringMatch = { type: "path-prefix", value: "/" };

/** A GRPCRoute of gateway.networking.k8s.io. A call is a POST to `/SERVICE/METHOD`, over HTTP/2 also to the backends. */
export function grpcRoute(spec: DocumentField, metadata: Metadata, context: RouteContext): HostedRoutes {
  return hostedRules(spec, metadata, (field, name) => rule(field, name, metadata, context));
}

function rule(field: DocumentField, name: string, metadata: Metadata, context: RouteContext): readonly Ranked[] {
  const written = field.child("matches")?.items().map(callMatch) ?? [];
  const matches = written.length === 0 ? [{ match: { ...ANY_REQUEST, uri: ANY_CALL }, rank: [] }] : written;
  field.remark("warning", { sessionPersistence: "not supported; each call selects a backend by weight" });
  const filtersField = field.child("filters");
  const filters = readFilters(filtersField, metadata, context, undefined, GRPC_ROUTE);
  if (filters.mirrors.length > 0 && !context.mirrors.methods.has(MIRRORED_METHOD)) {
    filtersField?.warn("gRPC calls are POST requests, which are not mirrored; add --method POST");
  }
  const destinations = weightedBackends(field, metadata, context, GRPC_ROUTE);
  if (destinations.length === 0) return [];
  return matches.map(({ match, rank }) => ({
    field,
    match,
    rank,
    route: {
      name,
      hosts: [],
      matches: [match],
      action: {
        type: "forward",
        destinations,
        sticky: undefined,
        rewrite: undefined,
        requestHeaders: filters.requestHeaders,
        responseHeaders: filters.responseHeaders,
        timeoutMs: undefined,
        retries: undefined,
        fault: undefined,
        cors: undefined,
        candidates: filters.mirrors,
        secondary: undefined,
      },
    },
  }));
}

/**
 * Reads an item of `matches`. Gateway API, GRPCRouteRule: the longest service comes first, then the longest method, then most
 * headers. The standard leaves regular expressions open: they follow the names.
 */
function callMatch(field: DocumentField): Pick<Ranked, "match" | "rank"> {
  const headers = headerMatches(field.child("headers"));
  for (const name of ["path", "queryParams"]) {
    field.child(name)?.skip().error("not a field of a GRPCRoute; match calls by method: { service, method }");
  }
  const methodField = field.child("method");
  const { uri, lengths } =
    methodField === undefined ? { uri: ANY_CALL, lengths: [0, 0, 0, 0] } : methodMatch(methodField);
  const match: RequestMatch = { ...ANY_REQUEST, uri, headers };
  return { match, rank: [...lengths, headers.length] };
}

/** @returns the match of the path, and the lengths of service and method, of names before those of regular expressions */
function methodMatch(field: DocumentField): { readonly uri: StringMatch; readonly lengths: readonly number[] } {
  const type = oneOf(field.child("type"), ["Exact", "RegularExpression"]) ?? "Exact";
  const serviceField = field.child("service");
  const methodField = field.child("method");
  const service = text(serviceField) ?? "";
  const method = text(methodField) ?? "";
  const lengths = [service.length, method.length];
  if (service === "" && method === "") field.error("missing: service or method");
  if (type === "RegularExpression") {
    const source = `/${pattern(service, serviceField)}/${pattern(method, methodField)}`;
    return { uri: { type: "regex", source }, lengths: [0, 0, ...lengths] };
  }
  checkName(service, SERVICE, serviceField, "a service with its package, like com.example.Users");
  checkName(method, METHOD, methodField, "a method, like GetUser");
  return { uri: exactMatch(service, method), lengths: [...lengths, 0, 0] };
}

function exactMatch(service: string, method: string): StringMatch {
  if (service === "") return { type: "regex", source: `/${ANY_NAME}/${escapeRegex(method)}` };
  return method === "" ? { type: "prefix", value: `/${service}/` } : { type: "exact", value: `/${service}/${method}` };
}

function pattern(source: string, field: DocumentField | undefined): string {
  return field === undefined || source === "" ? ANY_NAME : `(?:${checkedRegex(source, field)})`;
}

function checkName(name: string, allowed: RegExp, field: DocumentField | undefined, example: string): void {
  if (name !== "" && !allowed.test(name)) field?.error(`${describeValue(name)} is not a valid name`, example);
}
