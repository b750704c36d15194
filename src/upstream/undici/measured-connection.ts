import type { Socket } from "node:net";
import { Client, type buildConnector, type Dispatcher } from "undici";
import { wasOpenedAhead } from "./warm-connector.ts";

/** What a leg wants to know of the connection that carries it. */
export interface ConnectionStats {
  /** Milliseconds that the connection took to open, until the first request on it has taken them; then null. */
  takeConnectMs(): number | null;
  /** The error that ended the connection's socket, if one did. */
  readonly socketError: Error | null;
  /** Bytes that have come on it so far. */
  readonly bytesReceived: number;
}

/** A request handler that wants to be told its connection before the request starts. */
export interface ConnectionReceiver {
  connection: ConnectionStats | null;
}

export interface MeasuredConnectionOptions extends Omit<Client.Options, "connect"> {
  readonly connect: buildConnector.connector;
}

/** One connection of a pool. It measures how long opening takes, and says which requests it carries. */
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
    // undici takes a reset inside a body that runs to the end of the connection for its end; this listener comes first.
    socket.on("error", (error: Error) => {
      this.#socketError = error;
    });
  }
}
