/** The response to a request that the listener rejects; no upstream receives the request. */
export interface Refusal {
  /** Status code. */
  readonly refused: number;
  /** Label of the metrics. */
  readonly reason: string;
  readonly text: string;
  readonly fields: readonly string[];
}

const refusal = (refused: number, reason: string, text: string, fields: readonly string[] = []): Refusal => ({
  refused,
  reason,
  text,
  fields,
});

export const BAD_REQUEST = refusal(400, "malformed", "The request is malformed or ambiguous.");
/** RFC 9110 §15.5.6 requires Allow. */
export const METHOD_REFUSED = refusal(405, "method", "CONNECT and TRACE are not supported.", [
  "Allow",
  "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
]);
export const REQUEST_TIMEOUT = refusal(408, "timeout", "The request did not arrive in time.");
export const BODY_FRAMING_TOO_LARGE = refusal(413, "too-large", "The chunk extensions are too large.");
export const EXPECTATION_FAILED = refusal(417, "expectation", "The only supported expectation is 100-continue.");
export const HEADER_TOO_LARGE = refusal(431, "header-too-large", "The header section is too large.");
export const CODING_REFUSED = refusal(501, "not-implemented", "The only supported transfer coding is chunked.");
/** New clients do not get the last descriptors, which keep those that were accepted going. */
export const OVERLOADED = refusal(503, "descriptors", "Too many connections are open.", ["Retry-After", "1"]);
/** RFC 9220 §3. */
export const PROTOCOL_REFUSED = refusal(501, "not-implemented", "The only supported :protocol is websocket.");
export const VERSION_REFUSED = refusal(505, "version", "Only HTTP/1.1 and HTTP/1.0 are supported.");

/** Returns the header fields of a refusal, names and values in turn. The connection ends with it. */
export function refusalFields({ text, fields }: Refusal): string[] {
  return [
    ...fields,
    "Content-Type",
    "text/plain; charset=utf-8",
    "Content-Length",
    String(Buffer.byteLength(text) + 1),
    "Connection",
    "close",
  ];
}

export function refusalBody({ text }: Refusal): string {
  return `${text}\n`;
}
