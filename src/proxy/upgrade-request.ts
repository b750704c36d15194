import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ClientResponse } from "./client-exchange.ts";
import { namedByConnection } from "./headers.ts";
import { openTunnel, type Tunnels } from "./upgrade-tunnel.ts";

/** What a client may send before it has an answer; beyond that it waits. */
const MAX_EARLY_BYTES = 64 * 1024;

/** RFC 9113 §3.1 has withdrawn it; let through, it would carry requests past us that nobody has judged. */
const HTTP2_UPGRADE = /(?:^|,)\s*h2c?\s*(?:,|$)/i;

/**
 * What a client wants to change to with this request, if a tunnel may answer it: HTTP/1.1, no body (which would stand in
 * the way of the new protocol), and not HTTP/2. Any other Upgrade may be ignored (RFC 9110 §7.8), and is.
 * @returns the value of Upgrade, or null
 */
export function requestedUpgrade({ rawHeaders, headers, httpVersion }: IncomingMessage): string | null {
  const { upgrade } = headers;
  if (upgrade === undefined || httpVersion !== "1.1" || HTTP2_UPGRADE.test(upgrade)) return null;
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0) return null;
  return namedByConnection(rawHeaders).has("upgrade") ? upgrade : null;
}

/**
 * Takes over a socket that Node has let go of for an upgrade. The answer to the request is the last thing on it that is
 * HTTP, whether it is 101 or another. Until then the client is watched: one that ends is gone.
 * @param rest what came behind the request
 */
export function prepareUpgrade(upgrade: {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly rest: Buffer;
  readonly tunnels: Tunnels;
}): { readonly response: ServerResponse; readonly switchTo: ClientResponse["switchTo"] } {
  const { request, socket, rest, tunnels } = upgrade;
  const early: Buffer[] = rest.length === 0 ? [] : [rest];
  let earlyBytes = rest.length;
  const gone = (): void => void socket.destroy();
  const keep = (chunk: Buffer): void => {
    early.push(chunk);
    earlyBytes += chunk.length;
    if (earlyBytes > MAX_EARLY_BYTES) socket.pause();
  };
  socket.setTimeout(0);
  socket.on("error", gone).on("end", gone).on("data", keep).resume();

  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once("finish", () => {
    response.detachSocket(socket);
    socket.destroySoon();
  });
  return {
    response,
    switchTo(reason, fields, upstream) {
      socket.off("end", gone).off("data", keep).pause();
      if (early.length > 0) socket.unshift(Buffer.concat(early));
      response.detachSocket(socket);
      openTunnel({ client: socket, upstream, reason, fields, tunnels });
      return true;
    },
  };
}
