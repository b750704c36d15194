import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { RawHeaders } from "../../model/capture.ts";
import { forwardedResponseFields } from "../../http/forwarded-headers.ts";

/** Client ends of the tunnels that are open; whoever drains the listener closes what is left. */
export type Tunnels = Set<Socket>;

export interface TunnelOptions {
  readonly client: Socket;
  readonly upstream: Duplex;
  readonly reason: string;
  /** Of the upstream's 101, as received. */
  readonly fields: RawHeaders;
  readonly tunnels: Tunnels;
}

/**
 * Passes a 101 on to the client and joins both sides: every byte both ways at the pace of the slower side, an end of
 * one direction leaves the other open, and no limit on silence holds (RFC 9110 §7.8).
 */
export function openTunnel({ client, upstream, reason, fields, tunnels }: TunnelOptions): void {
  if (client.destroyed) return void upstream.destroy();
  tunnels.add(client);
  // Documented as changeable until the other side has ended; undici opens its sockets without.
  upstream.allowHalfOpen = true;
  client.setTimeout(0);
  client.setNoDelay(true);
  client.write(switchHead(reason, fields), "latin1");
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

function switchHead(reason: string, fields: RawHeaders): string {
  const passed = ["Connection", "Upgrade", ...upgradeFields(fields), ...forwardedResponseFields(fields)];
  let head = `HTTP/1.1 101 ${reason}\r\n`;
  for (let index = 0; index < passed.length; index += 2) head += `${passed[index]}: ${passed[index + 1]}\r\n`;
  return `${head}\r\n`;
}

function upgradeFields(fields: RawHeaders): string[] {
  return fields.filter((_, index) => fields[index - (index % 2)]?.toLowerCase() === "upgrade");
}
