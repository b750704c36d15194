import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import type { Address } from "../model/config.ts";
import { ClientConnection } from "./client-connection.ts";
import type { Serve } from "./proxy.ts";
import { EXPECTATION_FAILED, METHOD_REFUSED, type Refusal, refusalBody, refusalFields, refusalOf } from "./refusal.ts";
import { readHead } from "./request-head.ts";

/** RFC 9112 §3 and §5 leave the limit to us; beyond it 431. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Longer than the 60 s that load balancers in front usually keep a connection, so that they close first. */
const KEEP_ALIVE_MS = 75_000;
/** How often Node looks for request heads that take too long. */
const CHECK_MS = 1_000;
const DRAIN_STEP_MS = 50;
/** Idle connections stay open this long while draining: a request that is on its way already still gets its answer. */
const DRAIN_LINGER_MS = 1_000;

export interface ListenerOptions {
  readonly serve: Serve;
  /** Stands in for a missing Host. */
  readonly defaultHost: string;
  /** For a request head to arrive as a whole. */
  readonly headTimeoutMs: number;
  /** Between two pieces that a client sends, or takes. */
  readonly idleTimeoutMs: number;
  /** A request head was refused. */
  refused(status: number, reason: string): void;
}

/** The port that clients use: HTTP/1.1 as strict as it can be, everything ambiguous refused. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #connections = new WeakMap<Socket, ClientConnection>();
  #draining = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = createServer({
      insecureHTTPParser: false,
      requireHostHeader: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: options.headTimeoutMs,
      // Uploads may take as long as they move: the idle limit is on the socket.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(CHECK_MS, options.headTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    });
    // Node would drop fields beyond its maximum without a word; readHead counts them.
    this.#server.maxHeadersCount = 0;
    this.#server.timeout = options.idleTimeoutMs;
    this.#server
      .on("connection", (socket: Socket) => this.#connections.set(socket, new ClientConnection(socket)))
      .on("request", (request, response) => this.#accept(request, response))
      .on("checkContinue", (request, response) => this.#accept(request, response, () => response.writeContinue()))
      .on("checkExpectation", (request, response) => this.#refuse(request, response, EXPECTATION_FAILED))
      .on("connect", (_request, socket) => this.#refuseBytes(socket as Socket, METHOD_REFUSED))
      .on("clientError", (error: Error, socket) => this.#clientError(error, socket as Socket))
      .on("timeout", (socket: Socket) => this.#idle(socket));
  }

  /**
   * @param reusePort share the port with other threads
   * @returns the port, chosen by the system if 0 was asked for
   * @throws when the address cannot be bound
   */
  async listen({ host, port }: Address, reusePort: boolean): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port, reusePort }, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no new connection, answers on open ones for a moment, lets requests end within the grace, then ends what is left. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    // Not http.Server's own close, which ends idle connections at once, and with them requests that are on their way.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()));
    const lingerUntil = performance.now() + Math.min(DRAIN_LINGER_MS, graceMs);
    const step = setInterval(() => {
      if (performance.now() >= lingerUntil) this.#server.closeIdleConnections();
    }, DRAIN_STEP_MS);
    const end = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearInterval(step);
    clearTimeout(end);
  }

  #accept(request: IncomingMessage, response: ServerResponse, accepted?: () => void): void {
    const connection = this.#connectionOf(request.socket);
    // What comes behind a refused request on the same connection may be a part of it.
    if (connection.isRefused) return;
    const head = readHead(request, this.#options.defaultHost);
    if ("refused" in head) return this.#refuse(request, response, head);
    response.sendDate = false;
    if (this.#draining) response.shouldKeepAlive = false;
    accepted?.();
    return this.#options.serve(head, request, response, connection);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    const connection = this.#connectionOf(request.socket);
    if (connection.isRefused) return;
    connection.markRefused();
    this.#options.refused(refusal.refused, refusal.reason);
    response.writeHead(refusal.refused, refusalFields(refusal));
    response.end(refusalBody(refusal));
  }

  #refuseBytes(socket: Socket, refusal: Refusal): void {
    const connection = this.#connectionOf(socket);
    if (connection.isRefused) return;
    this.#options.refused(refusal.refused, refusal.reason);
    connection.refuse(refusal);
  }

  #clientError(error: Error, socket: Socket): void {
    // A client that resets its connection wants no answer.
    if ("code" in error && error.code === "ECONNRESET") return void socket.destroy();
    this.#refuseBytes(socket, refusalOf(error));
  }

  /** Nothing moved on this socket for the idle limit. */
  #idle(socket: Socket): void {
    const connection = this.#connectionOf(socket);
    // Waiting for the primary is not the client's fault; the primary has limits of its own.
    if (connection.isWaitingForPrimary) return;
    socket.destroy();
  }

  #connectionOf(socket: Socket): ClientConnection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      connection = new ClientConnection(socket);
      this.#connections.set(socket, connection);
    }
    return connection;
  }
}
