import type { IncomingMessage } from "node:http";
import { SAFE_METHODS } from "../../http/request-semantics.ts";
import type { AdminConfig } from "../../model/config.ts";
import { ApiError } from "../api-error.ts";
import { isAllowedHost } from "../host-check.ts";

/**
 * Refuses what another site makes a person's browser send, before any route sees it.
 * @throws ApiError for a Host that is not ours (421), a foreign origin (403), a change that is no JSON (415)
 */
export function guardRequest(request: IncomingMessage, admin: AdminConfig): void {
  const hosts = request.headersDistinct["host"] ?? [];
  if (hosts.length !== 1 || !isAllowedHost(hosts[0], admin.listen.host, admin.allowedHosts)) {
    throw new ApiError(
      "foreign-host",
      "This Host is not a name of the admin listener.",
      "Use the address that shadowdiff prints at its start, or add the name to admin.allowedHosts.",
    );
  }
  if (isForeign(request, hosts[0] ?? "")) {
    throw new ApiError(
      "foreign-origin",
      "Another site sent this request.",
      "Open the dashboard itself, or call without Origin.",
    );
  }
  if (!SAFE_METHODS.has(request.method ?? "") && !isJson(request.headers["content-type"])) {
    throw new ApiError("json-needed", "Changes are JSON.", "Send Content-Type: application/json.");
  }
}

/** By Fetch Metadata (W3C) and Origin (RFC 6454); programs send neither. */
function isForeign(request: IncomingMessage, host: string): boolean {
  const { origin } = request.headers;
  if (origin !== undefined && !isOriginOf(origin, host)) return true;
  const site = request.headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  return !isLinkFollowed(request);
}

/** A link in a chat or a ticket that leads to the dashboard: the page that holds it cannot read the answer. */
function isLinkFollowed(request: IncomingMessage): boolean {
  return (
    SAFE_METHODS.has(request.method ?? "") &&
    request.headers["sec-fetch-mode"] === "navigate" &&
    request.headers["sec-fetch-dest"] === "document"
  );
}

/** The scheme is left aside: TLS may end in front of us. */
function isOriginOf(origin: string, host: string): boolean {
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return false;
  return URL.parse(`${url.protocol}//${host}`)?.host === url.host;
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}
