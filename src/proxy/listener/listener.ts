import { type AddressInfo, createServer, type Server, type ServerOpts, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import type { FileWatch } from "../../config/file-watch.ts";
import { compileForwarded } from "../../http/forwarded-fields.ts";
import { OVERLOADED } from "../../http/refusal.ts";
import { destroySocket, makeRoom, missingDescriptors, trackSocket } from "../../lib/runtime/descriptors.ts";
import { SilentSockets } from "../../lib/runtime/silent-sockets.ts";
import type { Address, ForwardedConfig, ListenTls, RequestsConfig } from "../../model/config.ts";
import type { RequestHandler } from "../exchange/client-exchange.ts";
import type { Tunnels } from "../exchange/upgrade-tunnel.ts";
import { detectHttpVersion } from "./http-version-detection.ts";
import { Http1Connections } from "./http1-connections.ts";
import { writeRefusal } from "./http1-response.ts";
import { TurnQueue } from "../../lib/runtime/turn-queue.ts";
import { CLIENT_IDLE_TIMEOUT_MS, LINGER_MS } from "./client-limits.ts";
import { Http2Sessions } from "./http2-sessions.ts";
import { createTlsServer, TcpResetter } from "./listener-tls.ts";

const DRAIN_STEP_MS = 50;
/** Idle connections stay open this long while draining, so that a request that is already on its way gets its response. */
const DRAIN_LINGER_MS = 1_000;
/** Turns of the event loop in which waiting clients are accepted before the port is closed. */
const MOST_LAST_TURNS = 1_000;
/** A client of HTTP/1.1 that ends its side still receives the rest of its responses. */
const CLEARTEXT: ServerOpts = { noDelay: true, allowHalfOpen: true };

export interface ListenerOptions {
  readonly serve: RequestHandler;
  /** Cleartext if undefined. */
  readonly tls?: ListenTls | undefined;
  /** Requests are mirrored by another proxy. Default: false. */
  readonly isTap?: boolean | undefined;
  readonly requests: RequestsConfig;
  readonly forwarded: ForwardedConfig;
  /** Timeout for a complete request head, and for a TLS handshake. */
  readonly headTimeoutMs: number;
  /** Timeout between two pieces that a client sends or receives. */
  readonly idleTimeoutMs: number;
  /** A request was refused with this status. */
  refused(status: number, reason: string): void;
  /** The certificate files have changed. @param problem why the old certificate stays in use; null if it was replaced */
  certificateChanged?(problem: string | null): void;
}

/**
 * The port that clients connect to. It accepts HTTP/1.1 and refuses everything ambiguous; it accepts HTTP/2 by ALPN under TLS
 * and with prior knowledge in cleartext. Requests of both versions go to `serve`.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #http1: Http1Connections;
  readonly #http2: Http2Sessions;
  /** Cleartext connections whose HTTP version is not known yet, and TCP connections in their TLS handshake. */
  readonly #silent = new SilentSockets();
  /** Ends the silence of a TCP connection once its handshake has ended. */
  readonly #handshakes = new WeakMap<Socket, () => void>();
  /** Clients that are receiving a 503, the first one first. */
  readonly #refused = new Set<Socket>();
  readonly #tunnels: Tunnels = new Set();
  readonly #certificateWatch: FileWatch | undefined;
  /** Connections, also those that were refused. */
  #arrived = 0;

  /** @throws when the certificate cannot be used */
  constructor(options: ListenerOptions) {
    const { tls, headTimeoutMs } = options;
    this.#options = options;
    const resetter = new TcpResetter();
    const idleConnections = { count: 0 };
    const turns = new TurnQueue();
    const scheme = tls === undefined ? "http" : "https";
    const clientDescriber = compileForwarded(options.forwarded, scheme);
    this.#http1 = new Http1Connections({
      ...options,
      refused: (status, reason) => options.refused(status, reason),
      scheme,
      clientDescriber,
      tunnels: this.#tunnels,
      idleConnections,
      turns,
      reset: (socket) => resetter.reset(socket),
    });
    this.#http2 = new Http2Sessions({
      ...options,
      refused: (status, reason) => options.refused(status, reason),
      clientDescriber,
      keepAliveMs: CLIENT_IDLE_TIMEOUT_MS,
      idleConnections,
      turns,
    });
    if (tls === undefined) {
      this.#server = createServer(CLEARTEXT, (socket) => {
        if (this.#admit(socket)) this.#acceptCleartext(socket, headTimeoutMs);
      });
    } else {
      const { server, watch } = createTlsServer({
        tls,
        handshakeTimeoutMs: headTimeoutMs,
        resetter,
        accept: (socket) => this.#acceptEncrypted(socket, resetter.tcpOf(socket)),
        certificateChanged: (problem) => options.certificateChanged?.(problem),
      });
      this.#server = server.on("connection", (socket: Socket) => {
        if (this.#admit(socket)) this.#handshakes.set(socket, this.#expectRequest(socket));
      });
      this.#certificateWatch = watch;
    }
  }

  /**
   * @param reusePort share the port with other threads
   * @returns the port, which the system chooses for port 0
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

  /**
   * Frees the descriptors of idle connections: first those that have never carried a request, then those idle for longest.
   * @param count at most so many
   */
  shedIdle(count: number): void {
    const silent = this.#silent.shedOldest(count);
    const shed = silent + this.#http1.shedIdle(count - silent);
    this.#http2.shedIdle(count - shed);
  }

  /** Accepts no new connections, serves open ones for a moment, and closes all of them at the end of the grace period. */
  async drain(graceMs: number): Promise<void> {
    this.#certificateWatch?.close();
    const end = setTimeout(() => this.#destroyAll(), graceMs);
    await this.#acceptWaiting();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#http1.announceEnd();
    this.#http2.announceEnd();
    const lingerUntil = performance.now() + Math.min(DRAIN_LINGER_MS, graceMs);
    const step = setInterval(() => {
      if (performance.now() < lingerUntil) return;
      // After this turn has read what has arrived: a connection with unread bytes would be reset.
      setImmediate(() => {
        this.#http1.closeIdle();
        this.#http2.close();
        this.#silent.closeAll();
      });
    }, DRAIN_STEP_MS);
    await closed;
    clearInterval(step);
    clearTimeout(end);
    this.#http1.destroy();
    this.#silent.stop();
  }

  /** Accepts the clients that are already connected, as far as the system is concerned: a closed port would reset them. */
  async #acceptWaiting(): Promise<void> {
    // The first turn ends the events of the current one.
    await nextTurn();
    for (let turn = 0; turn < MOST_LAST_TURNS; turn += 1) {
      const before = this.#arrived;
      await nextTurn();
      if (this.#arrived === before) return;
    }
  }

  #destroyAll(): void {
    this.#http1.destroy();
    this.#http2.destroy();
    this.#silent.closeAll();
    for (const socket of this.#tunnels) socket.destroy();
  }

  /** @returns false for a client that is refused, because only the last descriptors are left */
  #admit(socket: Socket): boolean {
    this.#arrived += 1;
    trackSocket(socket);
    // Over TLS, a refusal is the response to a request, like that of any client for whose primary there is no descriptor.
    if (makeRoom(this.#options.tls === undefined ? "client" : "refusal")) return true;
    this.#options.refused(OVERLOADED.refused, OVERLOADED.reason);
    socket.on("error", () => socket.destroy());
    if (this.#options.tls === undefined) this.#refuse(socket);
    else socket.destroy();
    return false;
  }

  #refuse(socket: Socket): void {
    // Usually the request has arrived. With unread bytes, the client would get a reset instead of the response.
    socket.end(writeRefusal(OVERLOADED), "latin1").once("data", () => socket.destroySoon());
    const end = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    if (missingDescriptors("refusal") > 0) {
      for (const first of this.#refused) {
        this.#refused.delete(first);
        destroySocket(first);
        break;
      }
    }
    this.#refused.add(socket);
    socket.once("close", () => {
      clearTimeout(end);
      this.#refused.delete(socket);
    });
  }

  #acceptEncrypted(socket: TLSSocket, tcp: Socket | undefined): void {
    if (tcp !== undefined) this.#handshakes.get(tcp)?.();
    if (socket.alpnProtocol === "h2") return this.#http2.accept(socket, () => {});
    socket.allowHalfOpen = true;
    return this.#http1.accept(socket, null);
  }

  /** @returns a function that must be called when the client is no longer silent, unless its connection closes before */
  #expectRequest(socket: Socket): () => void {
    const silent = this.#silent.add(socket);
    const remove = (): void => {
      socket.off("close", remove);
      this.#silent.delete(silent);
    };
    socket.on("close", remove);
    return remove;
  }

  #acceptCleartext(socket: Socket, timeoutMs: number): void {
    const remove = this.#expectRequest(socket);
    detectHttpVersion(socket, timeoutMs, {
      http1: (received) => {
        remove();
        this.#http1.accept(socket, received);
      },
      http2: () => this.#http2.accept(socket, remove),
    });
  }
}
