import { type AddressInfo, createServer, type Server, type ServerOpts, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { FileWatch } from "../../config/file-watch.ts";
import { MAX_HEADER_BYTES } from "../../http/http1/request-parser.ts";
import { type IntrusiveItem, IntrusiveSet } from "../../lib/intrusive-set.ts";
import type { Address, ListenTls } from "../../model/config.ts";
import type { RequestHandler } from "../exchange/client-exchange.ts";
import type { Tunnels } from "../exchange/upgrade-tunnel.ts";
import { detectHttpVersion } from "./http-version-detection.ts";
import { Http1Connections } from "./http1-connections.ts";
import { CLIENT_IDLE_TIMEOUT_MS } from "./client-limits.ts";
import { Http2Sessions } from "./http2-sessions.ts";
import { createTlsServer, TcpResetter } from "./listener-tls.ts";

const DRAIN_STEP_MS = 50;
/** Idle connections stay open this long while draining, so that a request that is already on its way gets its response. */
const DRAIN_LINGER_MS = 1_000;
/** A client that ends its side still receives the rest of its responses. Under TLS, Node's HTTP/2 sessions handle the end. */
const CLEARTEXT: ServerOpts = { noDelay: true, allowHalfOpen: true };

const LISTEN_REMEDIES: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "another program already listens on this address; stop it, or choose another address with --listen"],
  ["EACCES", "permission denied; choose a port above 1023 with --listen"],
  ["EADDRNOTAVAIL", "this machine does not have this address; choose another with --listen"],
  ["ENOTFOUND", "the host name does not resolve; choose another address with --listen"],
]);

export interface ListenerOptions {
  readonly serve: RequestHandler;
  /** Cleartext if undefined. */
  readonly tls?: ListenTls | undefined;
  /** Host of HTTP/1.0 requests that have none. */
  readonly defaultHost: string;
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
  readonly #server: Server;
  readonly #http1: Http1Connections;
  readonly #http2: Http2Sessions;
  /** Cleartext connections whose HTTP version is not known yet. */
  readonly #undetected = new IntrusiveSet<IntrusiveItem & { readonly socket: Socket }>();
  readonly #tunnels: Tunnels = new Set();
  readonly #certificateWatch: FileWatch | undefined;

  /** @throws when the certificate cannot be used */
  constructor(options: ListenerOptions) {
    const { tls, headTimeoutMs } = options;
    const resetter = new TcpResetter();
    this.#http1 = new Http1Connections({
      ...options,
      refused: (status, reason) => options.refused(status, reason),
      scheme: tls === undefined ? "http" : "https",
      tunnels: this.#tunnels,
      reset: (socket) => resetter.reset(socket),
    });
    this.#http2 = new Http2Sessions({
      ...options,
      refused: (status, reason) => options.refused(status, reason),
      maxHeaderBytes: MAX_HEADER_BYTES,
      keepAliveMs: CLIENT_IDLE_TIMEOUT_MS,
    });
    if (tls === undefined) {
      this.#server = createServer(CLEARTEXT, (socket) => this.#acceptCleartext(socket, headTimeoutMs));
    } else {
      const { server, watch } = createTlsServer({
        tls,
        handshakeTimeoutMs: headTimeoutMs,
        resetter,
        accept: (socket) => this.#acceptEncrypted(socket),
        certificateChanged: (problem) => options.certificateChanged?.(problem),
      });
      this.#server = server;
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

  /** Accepts no new connections, serves open ones for a moment, and closes all of them at the end of the grace period. */
  async drain(graceMs: number): Promise<void> {
    this.#certificateWatch?.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#http1.announceEnd();
    this.#http2.announceEnd();
    const lingerUntil = performance.now() + Math.min(DRAIN_LINGER_MS, graceMs);
    const step = setInterval(() => {
      if (performance.now() < lingerUntil) return;
      this.#http1.closeIdle();
      this.#http2.close();
      this.#destroyUndetected();
    }, DRAIN_STEP_MS);
    const end = setTimeout(() => this.#destroyAll(), graceMs);
    await closed;
    clearInterval(step);
    clearTimeout(end);
    this.#http1.destroy();
  }

  #destroyAll(): void {
    this.#http1.destroy();
    this.#http2.destroy();
    this.#destroyUndetected();
    for (const socket of this.#tunnels) socket.destroy();
  }

  #destroyUndetected(): void {
    for (const { socket } of this.#undetected) socket.destroy();
  }

  #acceptEncrypted(socket: TLSSocket): void {
    if (socket.alpnProtocol === "h2") this.#http2.accept(socket);
    else this.#http1.accept(socket, null);
  }

  #acceptCleartext(socket: Socket, timeoutMs: number): void {
    const undetected = { setIndex: 0, socket };
    this.#undetected.add(undetected);
    const remove = (): void => {
      socket.off("close", remove);
      this.#undetected.delete(undetected);
    };
    socket.on("close", remove);
    detectHttpVersion(socket, timeoutMs, {
      http1: (received) => {
        remove();
        this.#http1.accept(socket, received);
      },
      http2: () => {
        remove();
        this.#http2.accept(socket);
      },
    });
  }
}

/** Returns why the listener cannot bind an address, and what to do about it. */
export function listenError(error: Error, { host, port }: Address): string {
  const code = "code" in error ? String(error.code) : "";
  return `cannot listen on ${host}:${port}: ${LISTEN_REMEDIES.get(code) ?? error.message} (${code || error.name})`;
}
