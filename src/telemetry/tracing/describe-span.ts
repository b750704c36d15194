import type { Attributes } from "@opentelemetry/api";
import type { ServerSpan, SpanRecord, UpstreamSpan } from "../../model/tracing/trace.ts";

/** What the conventions know (RFC 9110 and PATCH). Others are attributes of their own, so that names stay few. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(
  "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY".split(" "),
);
const OTHER_METHOD = "_OTHER";
const CLIENT_ERROR = 400;
const SERVER_ERROR = 500;
const PORTS = { "http:": 80, "https:": 443 } as const;

export interface SpanNaming {
  /** Replaces secrets in a request target. */
  readonly redactTarget: (target: string) => string;
  /** The endpoint of a request, such as `GET /users/{id}`. @param target without secrets */
  readonly endpointOf: (route: string, method: string, target: string) => string;
  /** The URLs of a subset. */
  readonly urlsOf: (subset: string) => readonly string[];
}

/** A span in the terms of OpenTelemetry. */
export interface SpanDescription {
  readonly name: string;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

/** Describes a span by the semantic conventions for HTTP (1.23 and later, stable), and by attributes of shadowdiff. */
export function describeSpan(span: SpanRecord, naming: SpanNaming): SpanDescription {
  const target = naming.redactTarget(span.target);
  const endpoint = naming.endpointOf(span.route, span.method, target);
  const isKnown = KNOWN_METHODS.has(span.method);
  // A server is not to blame for a client's mistake; for a client, a 404 is an error.
  const isErrorStatus = span.status >= (span.kind === "server" ? SERVER_ERROR : CLIENT_ERROR);
  const error = span.error ?? (isErrorStatus ? String(span.status) : undefined);
  return {
    name: isKnown ? endpoint : "HTTP",
    isError: error !== undefined,
    attributes: {
      "http.request.method": isKnown ? span.method : OTHER_METHOD,
      ...(!isKnown && { "http.request.method_original": span.method }),
      ...(span.status > 0 && { "http.response.status_code": span.status }),
      ...(error !== undefined && { "error.type": error }),
      ...(span.kind === "server" ? serverAttributes(span, target) : upstreamAttributes(span, target, naming)),
      "shadowdiff.route": span.route,
      "shadowdiff.endpoint": endpoint,
      "shadowdiff.mirrored": span.isMirrored,
    },
  };
}

function serverAttributes({ scheme, authority }: ServerSpan, target: string): Attributes {
  const at = target.indexOf("?");
  return {
    "url.scheme": scheme,
    "url.path": at === -1 ? target : target.slice(0, at),
    ...(at !== -1 && { "url.query": target.slice(at + 1) }),
    ...(authority !== "" && addressOf(`${scheme}://${authority}`)),
  };
}

/** Which of several instances was asked is not known here, so the URL is that of the only one. */
function upstreamAttributes({ role, subset }: UpstreamSpan, target: string, { urlsOf }: SpanNaming): Attributes {
  const [url, another] = urlsOf(subset);
  const isOnly = url !== undefined && another === undefined;
  return {
    ...(isOnly && { "url.full": `${new URL(url).origin}${target}`, ...addressOf(url) }),
    "shadowdiff.role": role,
    "shadowdiff.subset": subset,
  };
}

function addressOf(url: string): Attributes {
  if (!URL.canParse(url)) return {};
  const { hostname, port, protocol } = new URL(url);
  const known = PORTS[protocol as keyof typeof PORTS];
  return { "server.address": hostname, "server.port": port === "" ? known : Number(port) };
}
