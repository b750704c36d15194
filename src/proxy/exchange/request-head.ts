import type { RawHeaders } from "../../model/capture.ts";
import type { MirrorObstacle } from "../../model/mirror-stage.ts";
import { hasHopMark, forwardedRequestFields } from "../../http/hop-by-hop-headers.ts";
import { BAD_REQUEST, HEADER_TOO_LARGE, METHOD_REFUSED, type Refusal } from "../../http/refusal.ts";

/** Below the limit of Node servers (2,000), which silently drop the rest. */
const MAX_HEADERS = 1_000;
const HOST_LENGTH = "host".length;
const REFUSED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);
/** RFC 3986 §3.2.2 and §3.2.3: a registered name or an address, and a port. User information is not allowed. */
const HOST_PATTERN = /^(?:\[[\da-f:.]+\]|[\w.~%!$&'()*+;=-]+)(?::\d{0,5})?$/i;
/** RFC 9112 §3.2: visible ASCII without a fragment. */
const TARGET_PATTERN = /^[\u0021\u0022\u0024-\u007e]+$/;
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/i;

/** The head of an accepted request. */
export interface RequestHead {
  readonly method: string;
  /** Origin form, byte for byte as the client sent it, or `*` for OPTIONS. */
  readonly target: string;
  readonly scheme: "http" | "https";
  /** Host or :authority as the client sent it, or the default host. */
  readonly authority: string;
  /** Header fields as the client sent them. Routes match against these. */
  readonly received: RawHeaders;
  /** Header fields for the upstreams. */
  readonly fields: RawHeaders;
  readonly hasBody: boolean;
  /** Why the request must not be mirrored, or null. Only a tap sets `method`. */
  readonly obstacle: MirrorObstacle | null;
  /** The protocols to which the client wants to switch, if this connection can switch. It then carries no other request. */
  readonly upgrade: string | null;
}

/** A head as the parser returns it. A head of HTTP/2 is converted to the terms of HTTP/1.1. */
export interface ReceivedHead {
  readonly method: string;
  /** The request target. */
  readonly url: string;
  readonly isHttp10: boolean;
  readonly rawHeaders: RawHeaders;
  readonly hasBody: boolean;
}

/** Properties of the listener that complete a head. */
export interface HeadContext {
  /** Authority of the primary, for HTTP/1.0 clients that send no Host. */
  readonly defaultHost: string;
  readonly scheme: "http" | "https";
}

/** Validates a request head after the parser, and refuses everything ambiguous (RFC 9112 §3.2). */
export function readHead(source: ReceivedHead, { defaultHost, scheme }: HeadContext): RequestHead | Refusal {
  const { method, url, isHttp10, rawHeaders, hasBody } = source;
  if (rawHeaders.length > 2 * MAX_HEADERS) return HEADER_TOO_LARGE;
  if (REFUSED_METHODS.has(method)) return METHOD_REFUSED;

  const hosts = hostFields(rawHeaders);
  const host = hosts[0];
  if (hosts.length > 1 || (host === undefined && !isHttp10)) return BAD_REQUEST;
  if (host !== undefined && !HOST_PATTERN.test(host)) return BAD_REQUEST;

  const target = originForm(url, host, method);
  // RFC 9112 §3.2.4.
  if (target === null || (target === "*" && method !== "OPTIONS")) return BAD_REQUEST;
  const hasHop = hasHopMark(rawHeaders);
  return {
    method,
    scheme,
    target,
    authority: host ?? defaultHost,
    received: rawHeaders,
    fields: forwardedRequestFields(rawHeaders, defaultHost, hasHop),
    hasBody,
    obstacle: hasHop ? "loop" : null,
    upgrade: null,
  };
}

function hostFields(raw: RawHeaders): readonly string[] {
  const hosts: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (name.length === HOST_LENGTH && name.toLowerCase() === "host") hosts.push(raw[index + 1] ?? "");
  }
  return hosts;
}

/** @returns the path and query of a request target, or `*`; null for a target that is refused */
function originForm(url: string, host: string | undefined, method: string): string | null {
  if (!TARGET_PATTERN.test(url)) return null;
  if (url.startsWith("/") || url === "*") return url;
  // RFC 9112 §3.2.2: absolute form is accepted only if it agrees with Host.
  const [, authority, rest = ""] = ABSOLUTE_FORM.exec(url) ?? [];
  if (authority === undefined || host === undefined || authority.toLowerCase() !== host.toLowerCase()) return null;
  // RFC 9112 §3.2.4: without path and query, OPTIONS refers to the whole server.
  if (rest === "" && method === "OPTIONS") return "*";
  return rest.startsWith("/") ? rest : `/${rest}`;
}
