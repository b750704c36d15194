import { isIP, isIPv4 } from "node:net";
import type { AdminConfig } from "../model/config.ts";

/** Whether a listener on this host accepts local connections only: 127.0.0.0/8 (RFC 1122 §3.2.1.3), ::1, localhost. */
export function isLoopbackHost(host: string): boolean {
  const name = normalizeHost(host);
  return name === "localhost" || name === "::1" || (isIPv4(name) && name.startsWith("127."));
}

/**
 * Checks that an admin listener which other machines can reach has a token.
 * @returns a message about `admin.listen` with a remedy; undefined if the configuration is safe
 */
export function adminBindProblem(config: AdminConfig): string | undefined {
  if (config.token !== undefined || isLoopbackHost(config.listen.host)) return undefined;
  return (
    `${config.listen.host} can be reached from other machines, and no token is set. ` +
    "Set admin.tokenFile or the environment variable SHADOWDIFF_ADMIN_TOKEN, or listen on 127.0.0.1."
  );
}

/** A host name, an IPv4 address or a bracketed IPv6 address, with an optional port; no userinfo, list or path. */
const HOST_HEADER = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/**
 * Whether the admin listener accepts this Host header. With DNS rebinding a page of another site reaches this listener under
 * its own name, so only the names of this listener are accepted.
 * @param header value of Host, or undefined if it is missing
 * @param boundHost the host that the listener is bound to
 * @param allowedHosts additional names from the configuration, without port
 */
export function isAllowedHost(header: string | undefined, boundHost: string, allowedHosts: readonly string[]): boolean {
  const match = HOST_HEADER.exec(header ?? "");
  if (match?.[1] === undefined) return false;
  const name = normalizeHost(match[1]);
  const bound = normalizeHost(boundHost);
  if (isLoopbackHost(name) || name === bound) return true;
  // A wildcard listener can be reached at every address of the machine, and at addresses that are forwarded to it. An IP
  // address cannot be rebound.
  if ((bound === "0.0.0.0" || bound === "::") && isIP(name) !== 0) return true;
  return allowedHosts.some((allowed) => normalizeHost(allowed) === name);
}

/** Lower case, without brackets and without the trailing dot of the DNS root. */
function normalizeHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
}
