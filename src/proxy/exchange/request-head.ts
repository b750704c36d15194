import type { ClientProtocol, RawHeaders } from "../../model/capture.ts";
import type { MirrorObstacle } from "../../model/mirror-stage.ts";
import { hasHopMark, forwardedRequestFields } from "../../http/hop-by-hop-headers.ts";
import { isSameAuthority, parseAbsoluteForm } from "../../http/absolute-form.ts";
import type { ClientDescriber, ForwardedChange } from "../../http/forwarded-fields.ts";
import type { RequestsConfig } from "../../model/config.ts";
import { acceptedTarget, isHost } from "../../http/request-target.ts";
import { BAD_REQUEST, HEADER_TOO_LARGE, METHOD_REFUSED, type Refusal } from "../../http/refusal.ts";

/** Below the limit of Node servers (2,000), which silently drop the rest. */
const MAX_HEADERS = 1_000;
const HOST_LENGTH = "host".length;
const REFUSED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);

/** What the listener knows about the client's pace. Both are numbers per request, and cost next to nothing. */
export interface ClientPace {
  /**
   * Milliseconds since the end of the previous response on this connection, without those in which this thread was busy;
   * infinite for the first request.
   */
  readonly pauseMs: number;
  /** Other connections of the thread that have had a response and no further request. For HTTP/2, streams count. */
  readonly idleConnections: number;
}

/** The head of an accepted request. */
export interface RequestHead extends ClientPace {
  readonly method: string;
  /** Origin form, byte for byte as the client sent it unless non-ASCII bytes are encoded, or `*` for OPTIONS. */
  readonly target: string;
  readonly scheme: "http" | "https";
  readonly protocol: ClientProtocol | undefined;
  /** Host or :authority as the client sent it, or the default host; empty if an HTTP/1.0 client sends no Host. */
  readonly authority: string;
  /** Header fields as the client sent them. Routes match against these. */
  readonly received: RawHeaders;
  /** Header fields for the upstreams; without Host if `authority` is empty. */
  readonly fields: RawHeaders;
  readonly hasBody: boolean;
  /** Why the request must not be mirrored, or null. Only a tap sets `method`. */
  readonly obstacle: MirrorObstacle | null;
  /** The protocols to which the client wants to switch, if this connection can switch. It then carries no other request. */
  readonly upgrade: string | null;
}

/** A head as the parser returns it. A head of HTTP/2 is converted to the terms of HTTP/1.1. */
export interface ReceivedHead extends ClientPace {
  readonly method: string;
  /** The request target. */
  readonly url: string;
  readonly isHttp10: boolean;
  /** Undefined if there is no client, as in a replay. */
  readonly protocol: ClientProtocol | undefined;
  readonly rawHeaders: RawHeaders;
  readonly hasBody: boolean;
}

/** Counts the connections of a thread that have had a response and no further request. */
export interface IdleConnections {
  count: number;
}

/** Properties of the listener that complete a head. */
export interface HeadContext {
  readonly requests: RequestsConfig;
  readonly scheme: "http" | "https";
  /** Called once per connection. */
  readonly clientDescriber: ClientDescriber;
}

/**
 * Validates a request head after the parser, and refuses everything ambiguous (RFC 9112 §3.2).
 * @param describeClient adds fields about the client for the upstreams; undefined to change nothing
 */
export function readHead(
  source: ReceivedHead,
  { requests, scheme }: Omit<HeadContext, "clientDescriber">,
  describeClient?: ForwardedChange,
): RequestHead | Refusal {
  const { method, isHttp10, protocol, rawHeaders, hasBody, pauseMs, idleConnections } = source;
  if (rawHeaders.length > 2 * MAX_HEADERS) return HEADER_TOO_LARGE;
  if (REFUSED_METHODS.has(method)) return METHOD_REFUSED;

  const url = acceptedTarget(source.url, requests.nonAsciiTargets);
  const hosts = hostFields(rawHeaders);
  if (url === null || hosts.length > 1 || (hosts.length === 0 && !isHttp10)) return BAD_REQUEST;
  // RFC 9112 §3.3: without Host, the authority is that of the target, or a configured one, or empty.
  const host = hosts[0] ?? parseAbsoluteForm(url)?.authority ?? requests.defaultHost;
  if (host !== undefined && !isHost(host)) return BAD_REQUEST;

  const target = originForm(url, host, method);
  // RFC 9112 §3.2.4.
  if (target === null || (target === "*" && method !== "OPTIONS")) return BAD_REQUEST;
  const received = host === undefined || hosts.length > 0 ? rawHeaders : ["Host", host, ...rawHeaders];
  const hasHop = hasHopMark(received);
  const fields = forwardedRequestFields(received, hasHop);
  const authority = host ?? "";
  return {
    method,
    scheme,
    protocol,
    target,
    authority,
    received,
    fields: describeClient === undefined ? fields : describeClient(fields, authority),
    hasBody,
    pauseMs,
    idleConnections,
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
  if (url.startsWith("/") || url === "*") return url;
  // RFC 9112 §3.2.2: absolute form is accepted only if it agrees with Host.
  const absolute = parseAbsoluteForm(url);
  if (absolute === null || host === undefined) return null;
  const { scheme, authority, rest } = absolute;
  if (!isSameAuthority(authority, host, scheme)) return null;
  // RFC 9112 §3.2.4: without path and query, OPTIONS refers to the whole server.
  if (rest === "" && method === "OPTIONS") return "*";
  return rest.startsWith("/") ? rest : `/${rest}`;
}
