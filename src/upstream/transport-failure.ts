import type { TransportFailure, TransportFailureKind } from "../model/capture.ts";

/** Codes of system and undici errors that always mean the same. */
const KINDS: ReadonlyMap<string, TransportFailureKind> = new Map([
  ["ECONNREFUSED", "refused"],
  ["EHOSTUNREACH", "refused"],
  ["ENETUNREACH", "refused"],
  ["EHOSTDOWN", "refused"],
  ["EADDRNOTAVAIL", "refused"],
  ["EACCES", "refused"],
  ["EPERM", "refused"],
  ["ENOTFOUND", "dns"],
  ["ETIMEDOUT", "timeout"],
  ["UND_ERR_CONNECT_TIMEOUT", "timeout"],
  ["ECONNRESET", "reset"],
  ["ECONNABORTED", "reset"],
  ["EPIPE", "reset"],
  ["UND_ERR_SOCKET", "reset"],
  // The connection ended within a body with a Content-Length, or within a chunked one.
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "reset"],
  ["UND_ERR_HEADERS_OVERFLOW", "protocol"],
  ["EPROTO", "tls"],
  // RST_STREAM, GOAWAY, or the end of a connection with open streams.
  ["ERR_HTTP2_STREAM_ERROR", "reset"],
  ["ERR_HTTP2_STREAM_CANCEL", "reset"],
  ["ERR_HTTP2_SESSION_ERROR", "reset"],
  ["ERR_HTTP2_GOAWAY_SESSION", "reset"],
  ["ERR_HTTP2_INVALID_SESSION", "reset"],
  // nghttp2 cannot parse what it received.
  ["ERR_HTTP2_ERROR", "protocol"],
]);
const TLS_CODE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;
/** Messages of the socket errors with which undici reports a 100, a 101 and bytes on an idle connection. */
const UNSOLICITED = /^bad (?:response|upgrade)$/;
/** A malformed message on an HTTP/2 stream (RFC 9113 §8.1.1). */
const MALFORMED = "NGHTTP2_PROTOCOL_ERROR";
const UNEXPECTED_END = "Invalid EOF state";

/**
 * Converts an error of undici, a socket or a resolver to the failure of a leg.
 * @param hasHead a response head had arrived
 */
export function toTransportFailure(error: Error, hasHead: boolean): TransportFailure {
  return { kind: kindOf(error, "code" in error ? String(error.code) : "", hasHead), detail: detailOf(error) };
}

function kindOf(error: Error, code: string, hasHead: boolean): TransportFailureKind {
  // undici reports contradictory lengths in a head like a body that is too short.
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" && !hasHead) return "protocol";
  if (error.name === "HTTPParserError") return error.message.includes(UNEXPECTED_END) ? "reset" : "protocol";
  if (code === "UND_ERR_SOCKET" && UNSOLICITED.test(error.message)) return "protocol";
  if (error.message.includes(MALFORMED)) return "protocol";
  if (code.startsWith("EAI_")) return "dns";
  if (TLS_CODE.test(code)) return "tls";
  return KINDS.get(code) ?? "internal";
}

/** Returns the message on one line. Messages of these errors name addresses, codes and parser states, never received bytes. */
function detailOf(error: Error): string {
  const message = error.message === "" && "code" in error ? String(error.code) : error.message;
  return message.replaceAll(/\s+/g, " ");
}
