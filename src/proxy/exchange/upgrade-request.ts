import { fieldValue } from "../../http/read-header.ts";
import type { RawHeaders } from "../../model/capture.ts";
import { connectionOptions } from "../../http/hop-by-hop-headers.ts";

/** Withdrawn by RFC 9113 §3.1. If it were forwarded, requests would bypass the proxy. */
const HTTP2_UPGRADE = /(?:^|,)\s*h2c?\s*(?:,|$)/i;

/**
 * Reads the protocols to which an HTTP/1.1 client wants to switch. Upgrades to HTTP/2 are ignored, which RFC 9110 §7.8
 * permits. The caller makes sure that the request has no body.
 * @returns the value of Upgrade, or null
 */
export function requestedUpgrade(fields: RawHeaders): string | null {
  const upgrade = fieldValue(fields, "upgrade");
  if (upgrade === undefined || HTTP2_UPGRADE.test(upgrade)) return null;
  return connectionOptions(fields).has("upgrade") ? upgrade : null;
}
