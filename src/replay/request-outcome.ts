import { parseAbsoluteForm } from "../http/absolute-form.ts";
import { isFieldValue, isToken } from "../http/http1/header-writer.ts";
import { connectionOptions, forwardedRequestFields } from "../http/hop-by-hop-headers.ts";
import { fieldValue } from "../http/read-header.ts";
import { acceptedTarget, isHost } from "../http/request-target.ts";
import type { RawHeaders } from "../model/capture.ts";
import type { MaskedPart } from "../model/replay/recording.ts";
import { quoted } from "./quoted.ts";
import type { Outcome } from "./record-sink.ts";

/** A request as a file describes it. All texts have one character per byte. */
export interface FoundRequest {
  readonly method: string;
  /** A path with its query, or an absolute URL. */
  readonly url: string;
  readonly headers: RawHeaders;
  readonly body?: Uint8Array | undefined;
  readonly at?: number | undefined;
  readonly lane?: string | undefined;
  readonly masked?: readonly MaskedPart[] | undefined;
}

/** The listener refuses them too. */
const NEVER_SENT: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);
/**
 * The client that sends the request frames it and marks it. Trailers are not recorded. A mark in the recording would say that the
 * request has passed a shadowdiff, which does not mirror it then.
 */
const NOT_REPEATED: ReadonlySet<string> = new Set(["content-length", "shadowdiff-hop", "trailer"]);
/** As much as a listener accepts at most. */
export const MAX_HEAD_BYTES = 256 * 1024;
const SCHEME = /^([a-z][a-z\d+.-]*):/i;
const WEB_SOCKET = /^wss?$/i;
const NOTHING_MASKED: readonly MaskedPart[] = [];

/** Turns what was found in a file into a request that a client can send, or says why it is none (RFC 9112 §3.2, RFC 9110 §5). */
export function outcomeOf(found: FoundRequest): Outcome {
  const { method, url, headers, body } = found;
  const headLength = headers.reduce((sum, text) => sum + text.length, method.length + url.length);
  if (headLength > MAX_HEAD_BYTES) return { problem: `the head is longer than ${MAX_HEAD_BYTES / 1024} KiB` };
  if (!isToken(method)) return { problem: `${quoted(method)} is not a method` };
  if (NEVER_SENT.has(method)) return { skipped: "method" };
  const located = locate(url, method);
  if ("skipped" in located || "problem" in located) return located;
  const sent = headersOf(headers, located.host);
  if ("skipped" in sent || "problem" in sent) return sent;
  return {
    request: {
      method,
      target: located.target,
      headers: sent.headers,
      body: body === undefined || body.length === 0 ? null : body,
      at: found.at ?? null,
      lane: found.lane ?? null,
      masked: found.masked ?? NOTHING_MASKED,
    },
  };
}

type Refused = Exclude<Outcome, { request: object }>;

/** @returns the target and the host of an absolute URL */
function locate(url: string, method: string): Refused | { readonly target: string; readonly host?: string } {
  if (url === "*") return method === "OPTIONS" ? { target: "*" } : { problem: `the target of ${method} is *` };
  const absolute = parseAbsoluteForm(url);
  if (absolute === null) {
    const scheme = SCHEME.exec(url)?.[1];
    if (scheme !== undefined) return { skipped: WEB_SOCKET.test(scheme) ? "upgrade" : "scheme" };
    if (!url.startsWith("/")) return { problem: `${quoted(url)} is neither a path nor an absolute URL` };
    return targetOf(url);
  }
  const { authority: host, rest } = absolute;
  if (!isHost(host)) return { problem: `${quoted(host)} is not a host` };
  // A fragment is not sent (RFC 9110 §7.1).
  const withoutFragment = rest.split("#", 1)[0] ?? "";
  const target = targetOf(withoutFragment.startsWith("/") ? withoutFragment : `/${withoutFragment}`);
  return "problem" in target ? target : { ...target, host };
}

function targetOf(url: string): Exclude<Refused, { skipped: string }> | { readonly target: string } {
  const target = acceptedTarget(url, "encode");
  return target === null ? { problem: `the target ${quoted(url)} has forbidden characters` } : { target };
}

/** @param urlHost of an absolute URL; a Host field takes precedence, because it is what was sent */
function headersOf(found: RawHeaders, urlHost: string | undefined): Refused | { readonly headers: RawHeaders } {
  const raw = withoutPseudoHeaders(found);
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (!isToken(name)) return { problem: `${quoted(name)} is not a header name` };
    if (!isFieldValue(raw[index + 1] ?? "")) return { problem: `the header ${name} has control characters` };
  }
  if (switchesProtocol(raw)) return { skipped: "upgrade" };
  const sentHost = fieldValue(raw, "host");
  const host = sentHost ?? fieldValue(found, ":authority") ?? urlHost;
  if (host !== undefined && !isHost(host)) return { problem: `${quoted(host)} is not a host` };
  const forwarded = forwardedRequestFields(raw, true);
  const headers: string[] = host === undefined || sentHost !== undefined ? [] : ["Host", host];
  for (let index = 0; index < forwarded.length; index += 2) {
    const name = forwarded[index] ?? "";
    if (!NOT_REPEATED.has(name.toLowerCase())) headers.push(name, forwarded[index + 1] ?? "");
  }
  return { headers };
}

/** Browsers record the pseudo-header fields of HTTP/2 (RFC 9113 §8.3) among the fields. */
function withoutPseudoHeaders(raw: RawHeaders): RawHeaders {
  return raw.filter((_, index) => raw[index - (index % 2)]?.startsWith(":") !== true);
}

/** An offer of HTTP/2 is only removed: the request has a response without it (RFC 9110 §7.8). */
function switchesProtocol(raw: RawHeaders): boolean {
  if (!connectionOptions(raw).has("upgrade")) return false;
  const protocols = fieldValue(raw, "upgrade")?.split(",") ?? [];
  return protocols.some((protocol) => !/^\s*h2c?\s*$/i.test(protocol));
}
