import type { Socket } from "node:net";
import { IntrusiveSet } from "../../lib/intrusive-set.ts";
import { destroySocket } from "../../lib/runtime/descriptors.ts";
import { ClientConnection } from "./http1-client-connection.ts";
import type { ConnectionContext } from "./http1-connection-context.ts";

/** Longest interval between two checks of the timeouts; a connection can outlive its timeout by that much. */
const CHECK_MS = 1_000;

/** All HTTP/1 connections of a listener. */
export class Http1Connections {
  readonly #open = new IntrusiveSet<ClientConnection>();
  readonly #context: ConnectionContext<ClientConnection>;
  readonly #sweep: NodeJS.Timeout;
  #checkedAt = performance.now();
  #draining = false;

  constructor(context: Omit<ConnectionContext<ClientConnection>, "isDraining" | "forget">) {
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
    this.#context.turns.shortenTurn();
    if (received !== null) connection.receive(received);
  }

  /** From now on every response is the last one on its connection. */
  announceEnd(): void {
    this.#draining = true;
  }

  /** Closes all connections without a request. */
  closeIdle(): void {
    for (const { isIdle, socket } of this.#open) if (isIdle) socket.destroySoon();
  }

  /**
   * Frees the descriptors of connections without a request, those idle for longest first.
   * @returns how many, at most `count`
   */
  shedIdle(count: number): number {
    if (count <= 0) return 0;
    const idle = [...this.#open].filter(({ isIdle, clock }) => isIdle && !clock.isFresh);
    const shed = idle.sort((a, b) => b.clock.silentMs - a.clock.silentMs).slice(0, count);
    for (const { socket } of shed) destroySocket(socket);
    return shed.length;
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
