import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type FileWatch, watchFiles } from "../config/watch.ts";
import type { Address, ListenTls } from "../model/config.ts";
import { ClientConnection } from "./client-connection.ts";
import { Http1Response } from "./http1-response.ts";
import { Http2Sessions } from "./http2-sessions.ts";
import { detectVersion } from "./listener-preface.ts";
import type { Serve } from "./proxy.ts";
import {
  EXPECTATION_FAILED,
  METHOD_REFUSED,
  type Refusal,
  refusalBody,
  refusalFields,
  refusalOf,
  VERSION_REFUSED,
} from "./refusal.ts";
import { readHead, type RequestHead } from "./request-head.ts";
import { TcpReset } from "./tcp-reset.ts";
import { readCertificate } from "./tls-certificate.ts";
import { prepareUpgrade, requestedUpgrade } from "./upgrade-request.ts";
import type { Tunnels } from "./upgrade-tunnel.ts";

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
  /** Undefined: cleartext. */
  readonly tls?: ListenTls | undefined;
  /** Stands in for a missing Host. */
  readonly defaultHost: string;
  /** For a request head to arrive as a whole, and for a TLS handshake. */
  readonly headTimeoutMs: number;
  /** Between two pieces that a client sends, or takes. */
  readonly idleTimeoutMs: number;
  /** A request head was refused. */
  refused(status: number, reason: string): void;
  /** The certificate's files have changed: they are used from now on, or the old ones stay, and why. */
  certificateChanged?(problem: string | null): void;
}

/**
 * The port that clients use. HTTP/1.1 as strict as it can be, everything ambiguous refused; HTTP/2 by ALPN under TLS and
 * with prior knowledge in cleartext. Both versions reach the same `serve`.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #scheme: "http" | "https";
  readonly #server: Server;
  readonly #http2: Http2Sessions;
  readonly #connections = new WeakMap<Socket, ClientConnection>();
  /** Whose version of HTTP is not known yet. */
  readonly #undecided = new Set<Socket>();
  readonly #tunnels: Tunnels = new Set();
  readonly #tcp = new TcpReset();
  #certificateWatch: FileWatch | undefined;
  #draining = false;

  /** @throws when the certificate cannot be used */
  constructor(options: ListenerOptions) {
    const { serve, defaultHost, headTimeoutMs, idleTimeoutMs, tls } = options;
    this.#options = options;
    this.#scheme = tls === undefined ? "http" : "https";
    const shared: ServerOptions = {
      insecureHTTPParser: false,
      requireHostHeader: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headTimeoutMs,
      // Uploads may take as long as they move: the idle limit is on the socket.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(CHECK_MS, headTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
      shouldUpgradeCallback: (request) => this.#upgradeOf(request) !== null,
    };
    this.#http2 = new Http2Sessions({
      serve,
      refused: (status, reason) => options.refused(status, reason),
      defaultHost,
      maxHeaderBytes: MAX_HEADER_BYTES,
      headTimeoutMs,
      keepAliveMs: KEEP_ALIVE_MS,
      idleTimeoutMs,
    });
    this.#server = tls === undefined ? createServer(shared) : this.#createTlsServer(tls, shared);
    // Node would drop fields beyond its maximum without a word; readHead counts them.
    this.#server.maxHeadersCount = 0;
    this.#server.timeout = idleTimeoutMs;
    this.#takeConnections(tls === undefined ? "connection" : "secureConnection");
    this.#server
      .on("request", (request, response) => this.#accept(request, response))
      .on("checkContinue", (request, response) => this.#accept(request, response, () => response.writeContinue()))
      .on("checkExpectation", (request, response) => this.#refuse(request, response, EXPECTATION_FAILED))
      .on("connect", (_request, socket) => this.#refuseBytes(socket as Socket, METHOD_REFUSED))
      .on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head))
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
    this.#certificateWatch?.close();
    // Not http.Server's own close, which ends idle connections at once, and with them requests that are on their way.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()));
    this.#http2.announceEnd();
    const lingerUntil = performance.now() + Math.min(DRAIN_LINGER_MS, graceMs);
    const step = setInterval(() => {
      if (performance.now() < lingerUntil) return;
      this.#server.closeIdleConnections();
      this.#http2.close();
      for (const socket of this.#undecided) socket.destroy();
    }, DRAIN_STEP_MS);
    const end = setTimeout(() => this.#endAll(), graceMs);
    await closed;
    clearInterval(step);
    clearTimeout(end);
  }

  #endAll(): void {
    this.#server.closeAllConnections();
    this.#http2.destroy();
    for (const socket of [...this.#undecided, ...this.#tunnels]) socket.destroy();
  }

  #createTlsServer(tls: ListenTls, shared: ServerOptions): TlsServer {
    const fixed = { ALPNProtocols: ["h2", "http/1.1", "http/1.0"], minVersion: "TLSv1.2" as const };
    const server = createTlsServer({
      ...shared,
      ...fixed,
      ...readCertificate(tls),
      handshakeTimeout: this.#options.headTimeoutMs,
    });
    server.on("connection", (socket: Socket) => this.#tcp.add(socket));
    const changed = (): void => {
      try {
        server.setSecureContext({ ...fixed, ...readCertificate(tls) });
        this.#options.certificateChanged?.(null);
      } catch (error) {
        this.#options.certificateChanged?.((error as Error).message);
      }
    };
    this.#certificateWatch = watchFiles({ files: [tls.certFile, tls.keyFile], changed });
    return server;
  }

  /** Puts the choice between both versions of HTTP before Node's own handling of a connection. */
  #takeConnections(event: "connection" | "secureConnection"): void {
    const [serveHttp1] = this.#server.listeners(event) as ((socket: Socket) => void)[];
    const http1 = (socket: Socket): void => {
      this.#undecided.delete(socket);
      this.#connections.set(socket, new ClientConnection(socket));
      serveHttp1?.call(this.#server, socket);
    };
    const http2 = (socket: Socket): void => {
      this.#undecided.delete(socket);
      this.#http2.accept(socket);
    };
    this.#server.removeAllListeners(event);
    this.#server.on(event, (socket: Socket | TLSSocket) => {
      if ("alpnProtocol" in socket && socket.alpnProtocol === "h2") return http2(socket);
      if (event === "secureConnection") return http1(socket);
      this.#undecided.add(socket);
      socket.once("close", () => this.#undecided.delete(socket));
      return detectVersion(socket, this.#options.headTimeoutMs, { http1, http2 });
    });
  }

  #accept(request: IncomingMessage, response: ServerResponse, accepted?: () => void): void {
    const connection = this.#connectionOf(request.socket);
    // What comes behind a refused request on the same connection may be a part of it.
    if (connection.isRefused) return;
    const head = this.#readHead(request);
    if ("refused" in head) return this.#refuse(request, response, head);
    if (this.#draining) response.shouldKeepAlive = false;
    accepted?.();
    return this.#options.serve(
      head,
      request,
      new Http1Response(response, (socket) => this.#tcp.reset(socket)),
      connection,
    );
  }

  /** Node has let go of the socket: the answer, whatever it is, is the last one on it. */
  #upgrade(request: IncomingMessage, socket: Socket, rest: Buffer): void {
    const connection = this.#connectionOf(socket);
    const head = this.#readHead(request);
    if ("refused" in head) return this.#refuseBytes(socket, head);
    const { response, switchTo } = prepareUpgrade({ request, socket, rest, tunnels: this.#tunnels });
    return this.#options.serve(
      { ...head, upgrade: requestedUpgrade(request), obstacle: "upgrade" },
      request,
      new Http1Response(response, (client) => this.#tcp.reset(client), switchTo),
      connection,
    );
  }

  #upgradeOf(request: IncomingMessage): string | null {
    const connection = this.#connectionOf(request.socket);
    // Behind other requests it is an ordinary one: their answers would have to come first on a socket that is no longer HTTP.
    return connection.isRefused || connection.isBusy || this.#draining ? null : requestedUpgrade(request);
  }

  #readHead(request: IncomingMessage): RequestHead | Refusal {
    if (request.httpVersionMajor !== 1) return VERSION_REFUSED;
    return readHead(request, { defaultHost: this.#options.defaultHost, scheme: this.#scheme });
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
    // A handshake that failed: there is no connection to answer on.
    if (!this.#connections.has(socket)) return void socket.destroy();
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
