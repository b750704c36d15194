import type { RawHeaders } from "../../model/capture.ts";
import { withWebSocketKey } from "./http2-websocket.ts";
import {
  BAD_REQUEST,
  EXPECTATION_FAILED,
  HEADER_TOO_LARGE,
  PROTOCOL_REFUSED,
  type Refusal,
} from "../../http/refusal.ts";
import { type HeadContext, readHead, type RequestHead } from "../exchange/request-head.ts";

/** The one protocol that an extended CONNECT is served for. */
const WEBSOCKET = "websocket";

interface Pseudo {
  method: string;
  path: string;
  authority: string | undefined;
  /** RFC 8441 §4: what an extended CONNECT asks for. */
  protocol: string | undefined;
}

/** A head of HTTP/2 that is accepted. */
export interface Http2Head {
  readonly head: RequestHead;
  /** The client waits for 100 before it sends the body. */
  readonly expectsContinue: boolean;
}

/**
 * Judges a request head of HTTP/2 as one of HTTP/1.1 that says the same, by the same rules, after what is HTTP/2's own:
 * `:authority` becomes Host and must agree with it (RFC 9113 §8.3.1), crumbs of Cookie become one field (§8.2.3), and the
 * extended CONNECT for a WebSocket the upgrade that says the same (RFC 8441 §5).
 * @param raw as Node gives it: lower-case names, pseudo-header fields first
 * @param hasBody the stream has not ended with the head
 */
export function readHttp2Head(
  raw: RawHeaders,
  hasBody: boolean,
  context: HeadContext & { readonly maxHeaderBytes: number },
): Http2Head | Refusal {
  if (sizeOf(raw) > context.maxHeaderBytes) return HEADER_TOO_LARGE;
  if (hasPaddedValue(raw)) return BAD_REQUEST;
  const pseudo: Pseudo = { method: "", path: "", authority: undefined, protocol: undefined };
  const rawHeaders: string[] = [];
  const hosts: string[] = [];
  let cookieAt = 0;
  let expectation: string | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    if (name.startsWith(":")) setPseudo(pseudo, name, value);
    else if (name === "host") hosts.push(value);
    else if (name === "cookie" && cookieAt > 0) rawHeaders[cookieAt] += `; ${value}`;
    else {
      if (name === "cookie") cookieAt = rawHeaders.length + 1;
      if (name === "expect") expectation = value.toLowerCase();
      rawHeaders.push(name, value);
    }
  }
  const host = pseudo.authority ?? hosts[0];
  if (hosts.length > 1 || (hosts.length === 1 && hosts[0]?.toLowerCase() !== host?.toLowerCase())) return BAD_REQUEST;
  if (host !== undefined) rawHeaders.unshift("host", host);
  if (expectation !== undefined && expectation !== "100-continue") return EXPECTATION_FAILED;

  const { protocol } = pseudo;
  if (protocol !== undefined && protocol !== WEBSOCKET) return PROTOCOL_REFUSED;
  const method = protocol === WEBSOCKET && pseudo.method === "CONNECT" ? "GET" : pseudo.method;
  const isTunnel = protocol !== undefined;
  const source = { method, url: pseudo.path, isHttp10: false, rawHeaders, hasBody: hasBody && !isTunnel };
  const head = readHead(source, context);
  if ("refused" in head) return head;
  const expectsContinue = expectation !== undefined;
  if (!isTunnel) return { head, expectsContinue };
  const fields = withWebSocketKey(head.fields);
  return { head: { ...head, fields, upgrade: WEBSOCKET, obstacle: "upgrade" }, expectsContinue };
}

/** RFC 9113 §8.2.1: a value that begins or ends with a space or a tab is malformed. */
export function hasPaddedValue(raw: RawHeaders): boolean {
  return raw.some((text, index) => index % 2 === 1 && /^[ \t]|[ \t]$/.test(text));
}

/** In bytes, as HTTP/1.1 would write the fields: the limit is the same for both versions. */
function sizeOf(raw: RawHeaders): number {
  return raw.reduce((sum, text) => sum + text.length + 2, 0);
}

function setPseudo(pseudo: Pseudo, name: string, value: string): void {
  if (name === ":method") pseudo.method = value;
  else if (name === ":path") pseudo.path = value;
  else if (name === ":authority") pseudo.authority = value;
  else if (name === ":protocol") pseudo.protocol = value;
}
