import type { IncomingMessage } from "node:http";
import { SAFE_METHODS } from "../../http/safe-methods.ts";
import type { AdminConfig } from "../../model/config.ts";
import { ApiError } from "../api-error.ts";
import { isAllowedHost } from "../host-check.ts";

/**
 * Rejects requests that another site makes a browser send: DNS rebinding and cross-site requests.
 * @throws ApiError 421 for a foreign Host, 403 for a foreign origin
 */
export function rejectCrossSiteRequest(request: IncomingMessage, admin: AdminConfig): void {
  const hosts = request.headersDistinct["host"] ?? [];
  if (hosts.length !== 1 || !isAllowedHost(hosts[0], admin.listen.host, admin.allowedHosts)) {
    throw new ApiError(
      "foreign-host",
      "The Host header does not name the admin listener.",
      "Use the address that shadowdiff prints at startup, or add the name to admin.allowedHosts.",
    );
  }
  if (isCrossSite(request, hosts[0] ?? "")) {
    throw new ApiError(
      "foreign-origin",
      "This is a cross-site request.",
      "Open the dashboard directly, or send the request without Origin.",
    );
  }
}

/**
 * Rejects changes that a form of another site could send: browsers ask before they send JSON (CORS).
 * @throws ApiError 415 for a change that is not JSON
 */
export function rejectFormSubmission({ method = "", headers }: IncomingMessage): void {
  const type = headers["content-type"];
  if (SAFE_METHODS.has(method) || isJson(type)) return;
  // A form cannot send a DELETE, and without a body there is nothing to describe.
  if (method === "DELETE" && type === undefined && !hasBody(headers)) return;
  throw new ApiError("json-needed", "Changes require JSON.", "Send Content-Type: application/json.");
}

function hasBody(headers: IncomingMessage["headers"]): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Checks Fetch Metadata (W3C) and Origin (RFC 6454). Only browsers send them. */
function isCrossSite(request: IncomingMessage, host: string): boolean {
  const { origin } = request.headers;
  if (origin !== undefined && !isOriginOf(origin, host)) return true;
  const site = request.headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  return !isLinkNavigation(request);
}

/** Whether the user followed a link to the dashboard. The page with the link cannot read the response. */
function isLinkNavigation(request: IncomingMessage): boolean {
  return (
    SAFE_METHODS.has(request.method ?? "") &&
    request.headers["sec-fetch-mode"] === "navigate" &&
    request.headers["sec-fetch-dest"] === "document"
  );
}

/** Ignores the scheme, because a proxy in front of this listener can terminate TLS. */
function isOriginOf(origin: string, host: string): boolean {
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return false;
  return URL.parse(`${url.protocol}//${host}`)?.host === url.host;
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}
