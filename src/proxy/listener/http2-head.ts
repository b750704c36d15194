import type { ForwardedChange } from "../../http/forwarded-fields.ts";
import { isSameAuthority } from "../../http/absolute-form.ts";
import type { RawHeaders } from "../../model/capture.ts";
import { hasPaddedValue, isPseudoHeader } from "../../http/http2/http2-fields.ts";
import {
  BAD_REQUEST,
  EXPECTATION_FAILED,
  HEADER_TOO_LARGE,
  PROTOCOL_REFUSED,
  type Refusal,
} from "../../http/refusal.ts";
import { type ClientPace, type HeadContext, readHead, type RequestHead } from "../exchange/request-head.ts";
import { withWebSocketKey } from "./http2-websocket.ts";

/** The only protocol for which an extended CONNECT is accepted. */
const WEBSOCKET = "websocket";

interface PseudoHeaders {
  method: string;
  path: string;
  authority: string | undefined;
  /** Protocol of an extended CONNECT (RFC 8441 §4). */
  protocol: string | undefined;
}

/** Properties of the listener, the connection and the stream that complete a head. */
export interface Http2HeadContext extends Omit<HeadContext, "clientDescriber">, ClientPace {
  /** Adds fields about the client for the upstreams; undefined to change nothing. */
  readonly describeClient: ForwardedChange | undefined;
}

/** An accepted HTTP/2 request head. */
export interface Http2Head {
  readonly head: RequestHead;
  /** The client waits for 100 before it sends the body. */
  readonly expectsContinue: boolean;
}

/**
 * Converts an HTTP/2 request head to the equivalent HTTP/1.1 head and validates it by the same rules. `:authority` becomes Host
 * and must agree with it (RFC 9113 §8.3.1), several Cookie fields become one (§8.2.3), and an extended CONNECT for a WebSocket
 * becomes an upgrade (RFC 8441 §5).
 * @param raw header block from Node: lower-case names, pseudo-header fields first
 * @param hasBody the stream did not end with the head
 */
export function readHttp2Head(raw: RawHeaders, hasBody: boolean, context: Http2HeadContext): Http2Head | Refusal {
  if (sizeOf(raw) > context.requests.maxHeadBytes) return HEADER_TOO_LARGE;
  if (hasPaddedValue(raw)) return BAD_REQUEST;
  const pseudo: PseudoHeaders = { method: "", path: "", authority: undefined, protocol: undefined };
  const rawHeaders: string[] = [];
  const hosts: string[] = [];
  let cookieAt = 0;
  let expectation: string | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    if (isPseudoHeader(name)) setPseudoHeader(pseudo, name, value);
    else if (name === "host") hosts.push(value);
    else if (name === "cookie" && cookieAt > 0) rawHeaders[cookieAt] += `; ${value}`;
    else {
      if (name === "cookie") cookieAt = rawHeaders.length + 1;
      if (name === "expect") expectation = value.toLowerCase();
      rawHeaders.push(name, value);
    }
  }
  const host = pseudo.authority ?? hosts[0];
  if (hosts.length > 1 || (host !== undefined && !isSameAuthority(hosts[0] ?? host, host, context.scheme)))
    return BAD_REQUEST;
  if (host !== undefined) rawHeaders.unshift("host", host);
  if (expectation !== undefined && expectation !== "100-continue") return EXPECTATION_FAILED;

  const { protocol } = pseudo;
  if (protocol !== undefined && protocol !== WEBSOCKET) return PROTOCOL_REFUSED;
  const method = protocol === WEBSOCKET && pseudo.method === "CONNECT" ? "GET" : pseudo.method;
  const isTunnel = protocol !== undefined;
  const { pauseMs, idleConnections } = context;
  const received = {
    method,
    url: pseudo.path,
    isHttp10: false,
    protocol: "HTTP/2" as const,
    rawHeaders,
    hasBody: hasBody && !isTunnel,
    pauseMs,
    idleConnections,
  };
  const head = readHead(received, context, context.describeClient);
  if ("refused" in head) return head;
  const expectsContinue = expectation !== undefined;
  if (!isTunnel) return { head, expectsContinue };
  const fields = withWebSocketKey(head.fields);
  return { head: { ...head, fields, upgrade: WEBSOCKET, obstacle: "upgrade" }, expectsContinue };
}

/** Returns the size in bytes that the fields would have in HTTP/1.1, so that the limit is the same for both versions. */
function sizeOf(raw: RawHeaders): number {
  return raw.reduce((sum, text) => sum + text.length + 2, 0);
}

function setPseudoHeader(pseudo: PseudoHeaders, name: string, value: string): void {
  if (name === ":method") pseudo.method = value;
  else if (name === ":path") pseudo.path = value;
  else if (name === ":authority") pseudo.authority = value;
  else if (name === ":protocol") pseudo.protocol = value;
}
