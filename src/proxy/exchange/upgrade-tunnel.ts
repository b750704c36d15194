import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { RawHeaders } from "../../model/capture.ts";
import { forwardedResponseFields } from "../../http/hop-by-hop-headers.ts";
import { writeTrustedHead } from "../../http/http1/header-writer.ts";

/** Client sockets of the open tunnels. The listener closes them when it drains. */
export type Tunnels = Set<Socket>;

export interface TunnelOptions {
  readonly client: Socket;
  readonly upstream: Duplex;
  readonly reason: string;
  /** Header fields of the upstream's 101, as received. */
  readonly fields: RawHeaders;
  readonly tunnels: Tunnels;
}

/**
 * Sends a 101 response to the client and connects both sides (RFC 9110 §7.8): with back pressure in both directions,
 * half-open connections, and without an idle timeout.
 */
export function openTunnel({ client, upstream, reason, fields, tunnels }: TunnelOptions): void {
  if (client.destroyed) return void upstream.destroy();
  tunnels.add(client);
  // The client opens its sockets without it. Node documents it as mutable until the other side has ended.
  upstream.allowHalfOpen = true;
  client.setTimeout(0);
  client.setNoDelay(true);
  client.write(switchingHead(reason, fields), "latin1");
  client.pipe(upstream);
  upstream.pipe(client);
  client.on("error", () => upstream.destroy());
  upstream.on("error", () => client.destroy());
  client.once("close", () => {
    tunnels.delete(client);
    upstream.destroy();
  });
  upstream.once("close", () => client.destroySoon());
}

function switchingHead(reason: string, fields: RawHeaders): string {
  const passed = ["Connection", "Upgrade", ...upgradeFields(fields), ...forwardedResponseFields(fields)];
  return writeTrustedHead(`HTTP/1.1 101 ${reason}`, passed);
}

function upgradeFields(fields: RawHeaders): string[] {
  return fields.filter((_, index) => fields[index - (index % 2)]?.toLowerCase() === "upgrade");
}
