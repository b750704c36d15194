import { isIP, isIPv4 } from "node:net";

/** Whether only this machine reaches a listener on this host: 127.0.0.0/8 (RFC 1122 §3.2.1.3), ::1, localhost. */
export function isLoopbackHost(host: string): boolean {
  const name = bare(host);
  return name === "localhost" || name === "::1" || (isIPv4(name) && name.startsWith("127."));
}

/** A host name, an IPv4 address or a bracketed IPv6 address, and perhaps a port; no userinfo, list or path. */
const HOST_FIELD = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/**
 * Whether an admin request may carry this Host field. A page of a foreign name that resolves to our address (DNS
 * rebinding) sends its own name; only names that stand for this listener are answered.
 * @param field value of Host, or undefined when there is none
 * @param boundHost the host that the listener is bound to
 * @param allowedHosts further names, from the configuration, without port
 */
export function isAllowedHost(field: string | undefined, boundHost: string, allowedHosts: readonly string[]): boolean {
  const match = HOST_FIELD.exec(field ?? "");
  if (match?.[1] === undefined) return false;
  const name = bare(match[1]);
  const bound = bare(boundHost);
  if (isLoopbackHost(name) || name === bound) return true;
  // A wildcard listener has every address of the machine, and those that are forwarded to it. An address is no name:
  // nobody can rebind it.
  if ((bound === "0.0.0.0" || bound === "::") && isIP(name) !== 0) return true;
  return allowedHosts.some((allowed) => bare(allowed) === name);
}

/** In lower case, without brackets and the root's dot. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
}
