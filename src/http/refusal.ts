import { STATUS_CODES } from "./node-http.ts";

/** A request that is answered here and reaches no upstream. */
export interface Refusal {
  readonly refused: number;
  /** For the metrics. */
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
/** RFC 9110 §15.5.6: Allow must be sent. */
export const METHOD_REFUSED = refusal(405, "method", "CONNECT and TRACE are not served.", [
  "Allow",
  "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
]);
export const REQUEST_TIMEOUT = refusal(408, "timeout", "The request did not arrive in time.");
export const BODY_FRAMING_TOO_LARGE = refusal(413, "too-large", "The chunk extensions are too large.");
export const EXPECTATION_FAILED = refusal(417, "expectation", "Only 100-continue can be expected.");
export const HEADER_TOO_LARGE = refusal(431, "header-too-large", "The header section is too large.");
export const CODING_REFUSED = refusal(501, "not-implemented", "No transfer coding besides chunked is served.");
/** RFC 9220 §3. */
export const PROTOCOL_REFUSED = refusal(501, "not-implemented", "No :protocol besides websocket is served.");
export const VERSION_REFUSED = refusal(505, "version", "Only HTTP/1.1 and HTTP/1.0 are served.");

/** Header fields of a refusal, as a raw list; the connection ends with it. */
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

/** A whole refusal, for a connection whose parser has given up. */
export function rawRefusal(refusal: Refusal): string {
  const fields = refusalFields(refusal);
  let head = `HTTP/1.1 ${refusal.refused} ${STATUS_CODES[refusal.refused] ?? ""}\r\n`;
  for (let index = 0; index < fields.length; index += 2) head += `${fields[index]}: ${fields[index + 1]}\r\n`;
  return `${head}\r\n${refusalBody(refusal)}`;
}
