import type {
  CorsPolicy,
  HeaderOperations,
  MirrorPolicy,
  Redirect,
  RequestMatch,
  Rewrite,
  StringMatch,
  UpstreamProtocol,
  UriRewrite,
} from "../../model/routing.ts";
import { backend } from "./backend-ref.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { checkedValue, isChangeable, NO_OPERATIONS, removedHeaders } from "../istio/http/istio-headers.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { mirrorTo, withoutRepeats } from "../istio/istio-mirrors.ts";
import { escapeRegex, wholePath } from "../istio/http/istio-rewrite.ts";
import { flag, number, oneOf, percent, port, text, texts } from "../kubernetes/scalar-fields.ts";
import type { RouteContext } from "../istio/virtual-service.ts";

/** The effect of the filters of a rule. Rewrites and redirects depend on the matched path. */
export interface Filters {
  readonly requestHeaders: HeaderOperations;
  readonly responseHeaders: HeaderOperations;
  readonly mirrors: readonly MirrorPolicy[];
  readonly cors: CorsPolicy | undefined;
  readonly rewrite: ((match: RequestMatch) => Rewrite) | undefined;
  readonly redirect: ((match: RequestMatch) => Redirect) | undefined;
}

/** Filter types and the fields that configure them. */
const CONFIGURED_BY = {
  RequestHeaderModifier: "requestHeaderModifier",
  ResponseHeaderModifier: "responseHeaderModifier",
  RequestMirror: "requestMirror",
  RequestRedirect: "requestRedirect",
  URLRewrite: "urlRewrite",
  CORS: "cors",
  ExternalAuth: "externalAuth",
  ExtensionRef: "extensionRef",
} as const;
type FilterType = keyof typeof CONFIGURED_BY;

/** What distinguishes the rules of an HTTPRoute and a GRPCRoute. */
export interface RouteKind {
  readonly filters: readonly FilterType[];
  /** The protocol of the backends; undefined for the default. */
  readonly protocol: UpstreamProtocol | undefined;
}

export const HTTP_ROUTE: RouteKind = {
  filters: Object.keys(CONFIGURED_BY) as FilterType[],
  protocol: undefined,
};
export const GRPC_ROUTE: RouteKind = {
  filters: ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"],
  protocol: "h2",
};

const FOUND = 302;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const FULL_PERCENT = 100;

/** Reads `filters` of a rule. @param timeoutMs timeout of the rule, which also applies to candidates */
export function readFilters(
  list: DocumentField | undefined,
  metadata: Metadata,
  context: RouteContext,
  timeoutMs: number | undefined,
  kind: RouteKind,
): Filters {
  const filters = filtersByType(list, kind);
  const of = (type: FilterType): readonly DocumentField[] => filters.get(type) ?? [];
  const [redirectField] = of("RequestRedirect");
  const [rewriteField] = of("URLRewrite");
  if (redirectField !== undefined && rewriteField !== undefined) {
    rewriteField.error("RequestRedirect and URLRewrite are mutually exclusive");
  }
  if (redirectField !== undefined) {
    for (const useless of (["RequestMirror", "RequestHeaderModifier", "CORS"] as const).flatMap(of)) {
      useless.skip().warn("has no effect with a redirect");
    }
  }
  const mirrors = redirectField === undefined ? of("RequestMirror") : [];
  const cors = redirectField === undefined ? of("CORS").map(corsFilter)[0] : undefined;
  return {
    requestHeaders: redirectField === undefined ? mergeOperations(of("RequestHeaderModifier")) : NO_OPERATIONS,
    responseHeaders: mergeOperations(of("ResponseHeaderModifier")),
    mirrors: withoutRepeats(
      mirrors.flatMap((field) => mirror(field, metadata, context, timeoutMs, kind)),
      list,
    ),
    cors,
    rewrite: rewriteField && urlRewrite(rewriteField),
    redirect: redirectField && requestRedirect(redirectField),
  };
}

/** Reads `filters` of a backend, where only header modifiers are supported. */
export function modifiersOf(
  list: DocumentField | undefined,
  kind: RouteKind,
): Pick<Filters, "requestHeaders" | "responseHeaders"> {
  const filters = filtersByType(list, kind);
  for (const [type, fields] of filters) {
    if (type === "RequestHeaderModifier" || type === "ResponseHeaderModifier") continue;
    for (const field of fields)
      field.skip().error(`${type} is only supported on a rule; move it to the rule's filters`);
  }
  return {
    requestHeaders: mergeOperations(filters.get("RequestHeaderModifier") ?? []),
    responseHeaders: mergeOperations(filters.get("ResponseHeaderModifier") ?? []),
  };
}

/** Filters by type. Unsupported filters are errors, because Gateway API requires such a route to fail. */
function filtersByType(
  list: DocumentField | undefined,
  kind: RouteKind,
): ReadonlyMap<FilterType, readonly DocumentField[]> {
  const found = new Map<FilterType, DocumentField[]>();
  for (const item of list?.items() ?? []) {
    const typeField = item.child("type");
    const type = oneOf(typeField, kind.filters);
    if (typeField === undefined) item.error("missing: type");
    if (type === undefined) {
      item.skip();
      continue;
    }
    const field = item.child(CONFIGURED_BY[type]);
    if (field === undefined) item.error(`missing: ${CONFIGURED_BY[type]}`);
    else if (type === "ExternalAuth" || type === "ExtensionRef") {
      field.skip().error("not supported, and required for this route; remove it");
    } else found.set(type, [...(found.get(type) ?? []), field]);
  }
  for (const [type, [, second]] of found) {
    if (type !== "RequestMirror") second?.skip().error(`duplicate ${type}; keep one`);
  }
  return found;
}

function mergeOperations(fields: readonly DocumentField[]): HeaderOperations {
  const [field] = fields;
  if (field === undefined) return NO_OPERATIONS;
  return {
    set: namedValues(field.child("set"), (name, item) => name.toLowerCase() === "host" || isChangeable(name, item)),
    add: namedValues(field.child("add"), isChangeable),
    remove: removedHeaders(field.child("remove")),
  };
}

function namedValues(list: DocumentField | undefined, isDone: typeof isChangeable): HeaderOperations["set"] {
  return (
    list?.items().flatMap((item) => {
      const name = text(item.child("name"));
      const valueField = item.child("value");
      const value = text(valueField) ?? "";
      if (name === undefined) item.error("missing: name");
      if (name === undefined || !isDone(name, item)) return [];
      return [[name, valueField === undefined ? value : checkedValue(value, valueField)] as const];
    }) ?? []
  );
}

function mirror(
  field: DocumentField,
  metadata: Metadata,
  context: RouteContext,
  timeoutMs: number | undefined,
  { protocol }: RouteKind,
): readonly MirrorPolicy[] {
  const targetField = field.child("backendRef");
  if (targetField === undefined) field.error("missing: backendRef");
  const settings = timeoutMs ? { ...context.mirrors, timeoutMs } : context.mirrors;
  const share = shareOf(field);
  return targetField === undefined
    ? []
    : mirrorTo(targetField, backend(targetField, metadata, protocol), share, context.directory, settings);
}

/** `percent` or `fraction`, whose denominator defaults to 100; without either, 100%. */
function shareOf(field: DocumentField): number {
  const whole = field.child("percent");
  const fraction = field.child("fraction");
  const share = percent(whole, true);
  if (fraction === undefined) return share ?? FULL_PERCENT;
  if (whole !== undefined) fraction.error("percent and fraction are mutually exclusive");
  const most = Number.MAX_SAFE_INTEGER;
  const numeratorField = fraction.child("numerator");
  const numerator = number(numeratorField, { min: 0, max: most });
  const denominator = number(fraction.child("denominator"), { min: 1, max: most }) ?? FULL_PERCENT;
  if (numeratorField === undefined) fraction.error("missing: numerator");
  if (numerator !== undefined && numerator > denominator) {
    numeratorField?.error(`${numerator} is above the denominator, ${denominator}`);
    return FULL_PERCENT;
  }
  return ((numerator ?? 0) / denominator) * FULL_PERCENT;
}

function corsFilter(field: DocumentField): CorsPolicy {
  return {
    allowOrigins: texts(field.child("allowOrigins")).map(origin),
    allowMethods: texts(field.child("allowMethods")),
    allowHeaders: texts(field.child("allowHeaders")),
    exposeHeaders: texts(field.child("exposeHeaders")),
    maxAgeSeconds: number(field.child("maxAge"), { min: 0, max: 2 ** 31 - 1 }),
    allowCredentials: flag(field.child("allowCredentials")) ?? false,
  };
}

/** `*` matches any origin; within an origin it matches one or more labels. */
function origin(value: string): StringMatch {
  if (value === "*") return { type: "present" };
  if (!value.includes("*")) return { type: "exact", value };
  return { type: "regex", source: value.split("*").map(escapeRegex).join("[^/]+") };
}

function urlRewrite(field: DocumentField): Filters["rewrite"] {
  const authority = text(field.child("hostname"));
  const path = pathModifier(field.child("path"));
  return (match) => ({ uri: path?.(match), authority });
}

function requestRedirect(field: DocumentField): Filters["redirect"] {
  const code = field.child("statusCode");
  const status = number(code, { min: 301, max: 308 }) ?? FOUND;
  if (![301, 302, 303, 307, 308].includes(status))
    code?.error(`${status} is not a redirect status`, "301, 302, 303, 307, 308");
  const scheme = oneOf(field.child("scheme"), ["http", "https"]);
  const authority = text(field.child("hostname"));
  const known = scheme && (scheme === "https" ? HTTPS_PORT : HTTP_PORT);
  const redirectPort = port(field.child("port")) ?? known;
  const path = pathModifier(field.child("path"));
  return (match) => ({ type: "redirect", status, scheme, authority, port: redirectPort, uri: path?.(match) });
}

function pathModifier(field: DocumentField | undefined): ((match: RequestMatch) => UriRewrite | undefined) | undefined {
  if (field === undefined) return undefined;
  const type = oneOf(field.child("type"), ["ReplaceFullPath", "ReplacePrefixMatch"]);
  const full = text(field.child("replaceFullPath"));
  const prefix = text(field.child("replacePrefixMatch"));
  if (type === "ReplaceFullPath") {
    if (full === undefined) field.error("missing: replaceFullPath");
    return () => wholePath(full ?? "/");
  }
  if (type !== "ReplacePrefixMatch") {
    field.error("missing: type, ReplaceFullPath or ReplacePrefixMatch");
    return undefined;
  }
  if (prefix === undefined) field.error("missing: replacePrefixMatch");
  return ({ uri }) => {
    if (uri?.type === "path-prefix") return { type: "replace", value: prefix ?? "/" };
    field.error("ReplacePrefixMatch requires a PathPrefix in every match of its rule");
    return undefined;
  };
}
