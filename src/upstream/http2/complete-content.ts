import { parseContentLength } from "../../http/http1/message-framing.ts";
import { fieldValue } from "../../http/read-header.ts";
import type { RawHeaders } from "../../model/capture.ts";

const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

/**
 * Whether all that the head of a response announces has arrived. Node's servers send RST_STREAM with NO_ERROR instead of
 * END_STREAM when a response ends exactly where the flow-control window does. Without such a head it could be incomplete
 * (RFC 9113 §8.1). A client of HTTP/1.1 reads no further than the content (RFC 9112 §6.3); one of HTTP/2 would miss trailers.
 * @param method of the request
 * @param length bytes of content that have arrived
 */
export function hasCompleteContent(method: string, status: number, fields: RawHeaders, length: number): boolean {
  if (fieldValue(fields, "trailer") !== undefined) return false;
  if (method === "HEAD" || status === NO_CONTENT || status === NOT_MODIFIED) return true;
  return contentLength(fields) === length;
}

/** @returns the Content-Length in bytes; below zero if there is none */
export function contentLength(fields: RawHeaders): number {
  return parseContentLength(fieldValue(fields, "content-length") ?? "");
}
