import type { Socket } from "node:net";

/**
 * Ends connections with a reset, so that a client sees that a body which runs to the end of its connection was cut. Under
 * TLS the connection of TCP below has to be reset: Node refuses to reset one of TLS, and ends it in good order, and it shows
 * no way from one to the other but their addresses.
 */
export class TcpReset {
  /** By their addresses, those that carry TLS. */
  readonly #open = new Map<string, Socket>();

  /** @param socket that is about to carry TLS */
  add(socket: Socket): void {
    const key = keyOf(socket);
    this.#open.set(key, socket);
    socket.once("close", () => {
      if (this.#open.get(key) === socket) this.#open.delete(key);
    });
  }

  reset(socket: Socket): void {
    if (!("encrypted" in socket)) return void socket.resetAndDestroy();
    this.#open.get(keyOf(socket))?.resetAndDestroy();
    return void socket.destroy();
  }
}

function keyOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}
