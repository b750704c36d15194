import type { TransportFailure, TransportFailureKind } from "../model/capture.ts";

/** Codes of system and HTTP/2 errors that always mean the same. */
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
  ["ECONNRESET", "reset"],
  ["ECONNABORTED", "reset"],
  ["EPIPE", "reset"],
  ["EMFILE", "descriptors"],
  ["ENFILE", "descriptors"],
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
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|ERROR_IN_C|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_)/;
/** A malformed message on an HTTP/2 stream (RFC 9113 §8.1.1). */
const MALFORMED = "NGHTTP2_PROTOCOL_ERROR";

/** Converts an error of a socket, a resolver or an HTTP/2 stream to the failure of a leg. */
export function toTransportFailure(error: Error): TransportFailure {
  return { kind: kindOf(error, "code" in error ? String(error.code) : ""), detail: detailOf(error) };
}

function kindOf(error: Error, code: string): TransportFailureKind {
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
