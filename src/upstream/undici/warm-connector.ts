import type { Socket } from "node:net";
import type { buildConnector } from "undici";

/** Many servers close a connection on which no request comes within 20 s. */
const USABLE_MS = 15_000;

/** Sockets that were opened before a request needed them. */
const openedAhead = new WeakSet<Socket>();

export function wasOpenedAhead(socket: Socket): boolean {
  return openedAhead.has(socket);
}

/** A connector that can open one connection ahead, for the next caller. */
export class WarmConnector {
  readonly #connect: buildConnector.connector;
  #socket: Socket | null = null;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(connect: buildConnector.connector) {
    this.#connect = connect;
  }

  readonly connector: buildConnector.connector = (target, callback) => {
    const socket = this.#takeSocket();
    if (socket === null) return this.#connect(target, callback);
    return process.nextTick(() => callback(null, socket));
  };

  /** Opens a connection if none is ready. Best effort: failures are ignored. */
  openAhead(target: buildConnector.Options): void {
    if (this.#socket !== null) return;
    this.#connect(target, (...[error, socket]) => {
      if (error !== null) return;
      if (this.#closed || this.#socket !== null) {
        socket.destroy();
        return;
      }
      openedAhead.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => {
        if (this.#socket === socket) this.#socket = null;
      });
      this.#socket = socket;
      this.#timer = setTimeout(() => this.#drop(), USABLE_MS).unref();
    });
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#socket?.destroy();
    this.#socket = null;
  }

  #takeSocket(): Socket | null {
    const socket = this.#socket;
    if (socket === null) return null;
    clearTimeout(this.#timer);
    this.#socket = null;
    // Bytes before a request, such as a timeout notice, must not become its response.
    if (!socket.destroyed && socket.readableLength === 0) return socket;
    socket.destroy();
    return null;
  }
}
