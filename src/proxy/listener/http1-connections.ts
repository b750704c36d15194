import type { Socket } from "node:net";
import { IntrusiveSet } from "../../lib/intrusive-set.ts";
import { ClientConnection, type ConnectionContext } from "./client-connection.ts";

/** How often the limits of all connections are looked at, at most; one may last that much longer. */
const CHECK_MS = 1_000;

/** The clients that speak HTTP/1, each on a connection. */
export class Http1Connections {
  readonly #open = new IntrusiveSet<ClientConnection>();
  readonly #context: ConnectionContext;
  readonly #sweep: NodeJS.Timeout;
  #checkedAt = performance.now();
  #draining = false;

  constructor(context: Omit<ConnectionContext, "isDraining" | "left">) {
    const isDraining = (): boolean => this.#draining;
    this.#context = {
      ...context,
      get isDraining() {
        return isDraining();
      },
      left: (connection) => this.#open.delete(connection),
    };
    this.#sweep = setInterval(
      () => this.#check(),
      Math.min(CHECK_MS, context.headTimeoutMs, context.idleTimeoutMs),
    ).unref();
  }

  /** @param seen of its bytes, those that were read before */
  accept(socket: Socket, seen: Buffer | null): void {
    const connection = new ClientConnection(socket, this.#context);
    this.#open.add(connection);
    if (seen !== null) connection.take(seen);
  }

  /** From now on every answer is the last one on its connection. */
  announceEnd(): void {
    this.#draining = true;
  }

  /** Ends the connections without a request. */
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
    for (const connection of this.#open) connection.check(ms);
  }
}
