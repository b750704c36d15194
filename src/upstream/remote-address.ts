import type { Socket } from "node:net";

/** @returns the other end of a connection as `host:port`, with IPv6 addresses in brackets; undefined if it was never open */
export function remoteAddress({ remoteAddress: host, remotePort: port }: Socket): string | undefined {
  if (host === undefined || port === undefined) return undefined;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
