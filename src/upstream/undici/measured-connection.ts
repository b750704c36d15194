import type { Socket } from "node:net";
import { Client, type buildConnector, type Dispatcher } from "undici";
import { wasOpenedAhead } from "./warm-connector.ts";

/** State of the connection that carries a leg. */
export interface ConnectionStats {
  /** Returns the milliseconds that the connection took to open; null for every request but the first. */
  takeConnectMs(): number | null;
  /** The error that ended the socket, or null. */
  readonly socketError: Error | null;

  readonly bytesReceived: number;
}

/** A dispatch handler that receives its connection before the request starts. */
export interface ConnectionReceiver {
  connection: ConnectionStats | null;
}

export interface MeasuredConnectionOptions extends Omit<Client.Options, "connect"> {
  readonly connect: buildConnector.connector;
}

/** A connection of an undici pool. It measures how long opening takes, and passes itself to the requests that it carries. */
export class MeasuredConnection extends Client implements ConnectionStats {
  #connectMs: number | null = null;
  #socketError: Error | null = null;
  #socket: Socket | null = null;

  constructor(origin: URL, options: MeasuredConnectionOptions) {
    super(origin, { ...options, connect: (target, callback) => this.#open(options.connect, target, callback) });
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler & ConnectionReceiver,
  ): boolean {
    handler.connection = this;
    return super.dispatch(options, handler);
  }

  takeConnectMs(): number | null {
    const taken = this.#connectMs;
    this.#connectMs = null;
    return taken;
  }

  get socketError(): Error | null {
    return this.#socketError;
  }

  get bytesReceived(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  #open(connect: buildConnector.connector, target: buildConnector.Options, callback: buildConnector.Callback): void {
    const began = performance.now();
    connect(target, (...result) => {
      const [error, socket] = result;
      if (error === null) this.#opened(socket, performance.now() - began);
      callback(...result);
    });
  }

  #opened(socket: Socket, connectMs: number): void {
    this.#connectMs = wasOpenedAhead(socket) ? null : connectMs;
    this.#socketError = null;
    this.#socket = socket;
    // undici takes a reset within a body without a length for its end; this listener runs first and keeps the error.
    socket.on("error", (error: Error) => {
      this.#socketError = error;
    });
  }
}
