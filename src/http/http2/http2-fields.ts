import type { OutgoingHttpHeaders } from "node:http2";
import type { RawHeaders } from "../../model/capture.ts";

/** RFC 9113 §8.2.2: connection-specific fields, which make an HTTP/2 message malformed. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Request line and authority of an HTTP/2 request. */
export interface Http2RequestLine {
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly target: string;
}

/**
 * Converts fields to HTTP/2 (RFC 9113 §8.2): lower-case names, no connection-specific fields, and TE with its only allowed
 * member. Order, number and values stay the same.
 */
export function toHttp2Fields(fields: RawHeaders): string[] {
  const converted: string[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index]?.toLowerCase() ?? "";
    const value = fields[index + 1] ?? "";
    if (!CONNECTION_FIELDS.has(name) && (name !== "te" || value === "trailers")) converted.push(name, value);
  }
  return converted;
}

/** Groups fields in the form that node:http2 takes. Fields with the same name stay separate and in order. */
function groupHttp2Fields(raw: RawHeaders): OutgoingHttpHeaders {
  const converted = Object.create(null) as Record<string, string[]>;
  const fields = toHttp2Fields(raw);
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    // A pseudo-header would make the whole section malformed (RFC 9113 §8.1).
    if (!isPseudoHeader(name)) (converted[name] ??= []).push(fields[index + 1] ?? "");
  }
  return converted;
}

/**
 * Converts trailers or the fields of an interim response to the form that node:http2 takes, without Content-Length. RFC 9110
 * §6.5.1 and §8.6 forbid it there, and recipients reset the stream.
 */
export function toHttp2Trailers(raw: RawHeaders): OutgoingHttpHeaders {
  const trailers = groupHttp2Fields(raw);
  delete trailers["content-length"];
  return trailers;
}

/** Returns the header block of a request. Host becomes `:authority` (RFC 9113 §8.3.1). */
export function http2RequestHead({ method, scheme, target }: Http2RequestLine, headers: RawHeaders): string[] {
  const fields: string[] = [];
  let authority = "";
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    const value = headers[index + 1] ?? "";
    if (name.toLowerCase() === "host") authority = value;
    else fields.push(name, value);
  }
  const pseudoHeaders = [":method", method, ":scheme", scheme, ":authority", authority, ":path", target];
  return [...pseudoHeaders, ...toHttp2Fields(fields)];
}

export function withoutPseudoHeaders(raw: RawHeaders): RawHeaders {
  return raw.filter((_, index) => !isPseudoHeader(raw[index - (index % 2)] ?? ""));
}

export function isPseudoHeader(name: string): boolean {
  return name.startsWith(":");
}

/** Whether a value begins or ends with a space or a tab, which makes the message malformed (RFC 9113 §8.2.1). */
export function hasPaddedValue(raw: RawHeaders): boolean {
  return raw.some((text, index) => index % 2 === 1 && /^[ \t]|[ \t]$/.test(text));
}
