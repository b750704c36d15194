import type { IncomingMessage } from "node:http";
import type { RawHeaders } from "../model/capture.ts";
import { hasOurHop, requestFields } from "./headers.ts";
import {
  BAD_REQUEST,
  CODING_REFUSED,
  HEADER_TOO_LARGE,
  METHOD_REFUSED,
  type Refusal,
  VERSION_REFUSED,
} from "./refusal.ts";

/** Fewer than Node servers keep (2,000); they would drop the rest in silence. */
const MAX_HEADERS = 1_000;
const VERSIONS: ReadonlySet<string> = new Set(["1.0", "1.1", "2.0"]);
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
export type HeadSource = Pick<IncomingMessage, "method" | "url" | "httpVersion" | "rawHeaders">;

/** What a head does not say itself. */
export interface HeadContext {
  /** The primary's authority, for HTTP/1.0 clients that send no Host. */
  readonly defaultHost: string;
  /** Of the listener. */
  readonly scheme: "http" | "https";
}

interface Facts {
  hosts: string[];
  codings: string[];
  contentLength: string;
}

/**
 * Judges a request head beyond what the parser does: what could be understood in two ways is refused (RFC 9112 §3.2).
 */
export function readHead(request: HeadSource, { defaultHost, scheme }: HeadContext): RequestHead | Refusal {
  const { rawHeaders, httpVersion, url = "" } = request;
  const method = request.method ?? "";
  if (!VERSIONS.has(httpVersion)) return VERSION_REFUSED;
  if (rawHeaders.length > 2 * MAX_HEADERS) return HEADER_TOO_LARGE;
  if (REFUSED_METHODS.has(method)) return METHOD_REFUSED;

  const facts = gather(rawHeaders);
  const host = facts.hosts[0];
  if (facts.hosts.length > 1 || (host === undefined && httpVersion !== "1.0")) return BAD_REQUEST;
  if (host !== undefined && !HOST.test(host)) return BAD_REQUEST;
  // RFC 9112 §6.1: what is not understood must not be passed on; HTTP/1.0 has no transfer codings.
  if (facts.codings.length > 1 || (facts.codings.length > 0 && httpVersion === "1.0")) return BAD_REQUEST;
  if (facts.codings.length === 1 && facts.codings[0]?.trim().toLowerCase() !== "chunked") return CODING_REFUSED;

  const target = originForm(url, host, method);
  // RFC 9112 §3.2.4.
  if (target === null || (target === "*" && method !== "OPTIONS")) return BAD_REQUEST;
  return {
    method,
    scheme,
    target,
    authority: host ?? defaultHost,
    received: rawHeaders,
    fields: requestFields(rawHeaders, defaultHost),
    hasBody: facts.codings.length > 0 || (facts.contentLength !== "" && Number(facts.contentLength) > 0),
    obstacle: hasOurHop(rawHeaders) ? "loop" : null,
    upgrade: null,
  };
}

function gather(raw: RawHeaders): Facts {
  const facts: Facts = { hosts: [], codings: [], contentLength: "" };
  for (let index = 0; index < raw.length; index += 2) {
    const value = raw[index + 1] ?? "";
    switch (raw[index]?.toLowerCase() ?? "") {
      case "host":
        facts.hosts.push(value);
        break;
      case "transfer-encoding":
        facts.codings.push(value);
        break;
      case "content-length":
        facts.contentLength = value;
        break;
    }
  }
  return facts;
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
