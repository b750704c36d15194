import type { Socket } from "node:net";
import { IntrusiveSet } from "../../lib/intrusive-set.ts";
import { ClientConnection, type ConnectionContext } from "./http1-client-connection.ts";

/** Longest interval between two checks of the timeouts; a connection can outlive its timeout by that much. */
const CHECK_MS = 1_000;

/** All HTTP/1 connections of a listener. */
export class Http1Connections {
  readonly #open = new IntrusiveSet<ClientConnection>();
  readonly #context: ConnectionContext;
  readonly #sweep: NodeJS.Timeout;
  #checkedAt = performance.now();
  #draining = false;

  constructor(context: Omit<ConnectionContext, "isDraining" | "forget">) {
    const isDraining = (): boolean => this.#draining;
    this.#context = {
      ...context,
      get isDraining() {
        return isDraining();
      },
      forget: (connection) => this.#open.delete(connection),
    };
    this.#sweep = setInterval(
      () => this.#check(),
      Math.min(CHECK_MS, context.headTimeoutMs, context.idleTimeoutMs),
    ).unref();
  }

  /** @param received bytes that were already read from the socket */
  accept(socket: Socket, received: Buffer | null): void {
    const connection = new ClientConnection(socket, this.#context);
    this.#open.add(connection);
    if (received !== null) connection.receive(received);
  }

  /** From now on every response is the last one on its connection. */
  announceEnd(): void {
    this.#draining = true;
  }

  /** Closes the connections without a request. */
  closeIdle(): void {
    for (const connection of this.#open) if (connection.isIdle) connection.socket.destroySoon();
  }

  destroy(): void {
    clearInterval(this.#sweep);
    for (const connection of this.#open) connection.destroy();
  }

  #check(): void {
    const now = performance.now();
    const ms = now - this.#checkedAt;
    this.#checkedAt = now;
    for (const connection of this.#open) connection.checkTimeouts(ms);
  }
}
