import type { RawHeaders } from "../../model/capture.ts";
import { hasHopMark, forwardedRequestFields } from "../../http/forwarded-headers.ts";
import { BAD_REQUEST, HEADER_TOO_LARGE, METHOD_REFUSED, type Refusal } from "../../http/refusal.ts";

/** Fewer than Node servers keep (2,000); they would drop the rest in silence. */
const MAX_HEADERS = 1_000;
const HOST_LENGTH = "host".length;
const REFUSED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);
/** RFC 3986 §3.2.2 and §3.2.3, without user information: a registered name or an address, and a port. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.~%!$&'()*+;=-]+)(?::\d{0,5})?$/i;
/** RFC 9112 §3.2: only visible ASCII, and no fragment. */
const TARGET = /^[\u0021\u0022\u0024-\u007e]+$/;
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;

/** What is known of a request when its head has arrived and is accepted. */
export interface RequestHead {
  readonly method: string;
  /** Origin form, byte for byte as the client sent it, or the `*` of OPTIONS. */
  readonly target: string;
  readonly scheme: "http" | "https";
  /** Host or :authority as the client sent it; the default host where it sent none. */
  readonly authority: string;
  /** As the client sent them: what routes are matched against. */
  readonly received: RawHeaders;
  /** For the upstreams. */
  readonly fields: RawHeaders;
  readonly hasBody: boolean;
  /** Why it must not be mirrored to anyone, if so; `method` is said by a tap. */
  readonly obstacle: "upgrade" | "loop" | "method" | null;
  /** The protocols that the client wants to change to, when this connection can; then nothing else comes on it. */
  readonly upgrade: string | null;
}

/** A head as the parser gives it; one of HTTP/2 is told in the terms of HTTP/1.1. */
export interface ReceivedHead {
  readonly method: string;
  /** The request target. */
  readonly url: string;
  readonly isHttp10: boolean;
  readonly rawHeaders: RawHeaders;
  readonly hasBody: boolean;
}

/** What a head does not say itself. */
export interface HeadContext {
  /** The primary's authority, for HTTP/1.0 clients that send no Host. */
  readonly defaultHost: string;
  /** Of the listener. */
  readonly scheme: "http" | "https";
}

/**
 * Judges a request head beyond what the parser does: what could be understood in two ways is refused (RFC 9112 §3.2).
 */
export function readHead(source: ReceivedHead, { defaultHost, scheme }: HeadContext): RequestHead | Refusal {
  const { method, url, isHttp10, rawHeaders, hasBody } = source;
  if (rawHeaders.length > 2 * MAX_HEADERS) return HEADER_TOO_LARGE;
  if (REFUSED_METHODS.has(method)) return METHOD_REFUSED;

  const hosts = hostsOf(rawHeaders);
  const host = hosts[0];
  if (hosts.length > 1 || (host === undefined && !isHttp10)) return BAD_REQUEST;
  if (host !== undefined && !HOST.test(host)) return BAD_REQUEST;

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

function hostsOf(raw: RawHeaders): readonly string[] {
  const hosts: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (name.length === HOST_LENGTH && name.toLowerCase() === "host") hosts.push(raw[index + 1] ?? "");
  }
  return hosts;
}

/** @returns the path and query of a request target, `*`, or null for a target that is not accepted */
function originForm(url: string, host: string | undefined, method: string): string | null {
  if (!TARGET.test(url)) return null;
  if (url.startsWith("/") || url === "*") return url;
  // RFC 9112 §3.2.2: accepted, but only if it says the same as Host.
  const [, authority, rest = ""] = ABSOLUTE.exec(url) ?? [];
  if (authority === undefined || host === undefined || authority.toLowerCase() !== host.toLowerCase()) return null;
  // RFC 9112 §3.2.4: without path and query it asks about the server as a whole.
  if (rest === "" && method === "OPTIONS") return "*";
  return rest.startsWith("/") ? rest : `/${rest}`;
}
