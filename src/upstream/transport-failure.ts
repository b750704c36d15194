import type { TransportFailure, TransportFailureKind } from "../model/capture.ts";

/** System and undici error codes whose meaning does not depend on anything else. */
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
  // The connection ended inside a body whose length was announced, or inside a chunked one.
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "reset"],
  ["UND_ERR_HEADERS_OVERFLOW", "protocol"],
  ["EPROTO", "tls"],
  // RST_STREAM, GOAWAY, or the end of a connection with streams on it.
  ["ERR_HTTP2_STREAM_ERROR", "reset"],
  ["ERR_HTTP2_STREAM_CANCEL", "reset"],
  ["ERR_HTTP2_SESSION_ERROR", "reset"],
  ["ERR_HTTP2_GOAWAY_SESSION", "reset"],
  ["ERR_HTTP2_INVALID_SESSION", "reset"],
  // nghttp2 does not understand what it gets.
  ["ERR_HTTP2_ERROR", "protocol"],
]);
const TLS_CODE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;
/** undici reports a 100, a 101 and bytes on an idle connection as plain socket errors with these messages. */
const UNSOLICITED = /^bad (?:response|upgrade)$/;
/** A malformed message, on a stream of HTTP/2 (RFC 9113 §8.1.1). */
const MALFORMED = "NGHTTP2_PROTOCOL_ERROR";
const UNEXPECTED_END = "Invalid EOF state";

/**
 * Names what an error of undici, a socket or a resolver means for a leg.
 * @param hasHead a response head had arrived
 */
export function toTransportFailure(error: Error, hasHead: boolean): TransportFailure {
  return { kind: kindOf(error, "code" in error ? String(error.code) : "", hasHead), detail: detailOf(error) };
}

function kindOf(error: Error, code: string, hasHead: boolean): TransportFailureKind {
  // Lengths in a head that contradict each other are reported like a body that is too short.
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" && !hasHead) return "protocol";
  if (error.name === "HTTPParserError") return error.message.includes(UNEXPECTED_END) ? "reset" : "protocol";
  if (code === "UND_ERR_SOCKET" && UNSOLICITED.test(error.message)) return "protocol";
  if (error.message.includes(MALFORMED)) return "protocol";
  if (code.startsWith("EAI_")) return "dns";
  if (TLS_CODE.test(code)) return "tls";
  return KINDS.get(code) ?? "internal";
}

/** Messages of these errors name addresses, codes and parser states, never received bytes; several lines become one. */
function detailOf(error: Error): string {
  const message = error.message === "" && "code" in error ? String(error.code) : error.message;
  return message.replaceAll(/\s+/g, " ");
}
