import { fieldValue } from "../../http/header-fields.ts";
import type { RawHeaders } from "../../model/capture.ts";
import { connectionOptions } from "../../http/forwarded-headers.ts";

/** RFC 9113 §3.1 has withdrawn it; let through, it would carry requests past us that nobody has judged. */
const HTTP2_UPGRADE = /(?:^|,)\s*h2c?\s*(?:,|$)/i;

/**
 * What a client wants to change to with this request of HTTP/1.1, if a tunnel may answer it: not HTTP/2. The request has no
 * body, which would stand in the way of the new protocol. Any other Upgrade may be ignored (RFC 9110 §7.8), and is.
 * @returns the value of Upgrade, or null
 */
export function requestedUpgrade(fields: RawHeaders): string | null {
  const upgrade = fieldValue(fields, "upgrade");
  if (upgrade === undefined || HTTP2_UPGRADE.test(upgrade)) return null;
  return connectionOptions(fields).has("upgrade") ? upgrade : null;
}
