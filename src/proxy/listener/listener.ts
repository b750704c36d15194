import { type AddressInfo, createServer, type Server, type ServerOpts, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from "node:tls";
import { type FileWatch, watchFiles } from "../../config/file-watch.ts";
import { type IntrusiveItem, IntrusiveSet } from "../../lib/intrusive-set.ts";
import type { Address, ListenTls } from "../../model/config.ts";
import { Http1Connections } from "./http1-connections.ts";
import { MAX_HEADER_BYTES } from "../../http/http1/request-parser.ts";
import { KEEP_ALIVE_MS } from "./http1-response.ts";
import { Http2Sessions } from "./http2-sessions.ts";
import { detectVersion } from "./listener-preface.ts";
import type { RequestHandler } from "../exchange/client-exchange.ts";
import { TcpReset } from "./tcp-reset.ts";
import { readCertificate } from "./tls-certificate.ts";
import type { Tunnels } from "../exchange/upgrade-tunnel.ts";

const DRAIN_STEP_MS = 50;
/** Idle connections stay open this long while draining: a request that is on its way already still gets its answer. */
const DRAIN_LINGER_MS = 1_000;
/** The end of a client's side must not cut what is still to be written; under TLS, Node's sessions of HTTP/2 see to their own end. */
const CLEARTEXT: ServerOpts = { noDelay: true, allowHalfOpen: true };

const LISTEN_REMEDIES: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "another program already listens on this address; stop it, or choose another address with --listen"],
  ["EACCES", "permission denied; choose a port above 1023 with --listen"],
  ["EADDRNOTAVAIL", "this machine does not have this address; choose another with --listen"],
  ["ENOTFOUND", "the host name does not resolve; choose another address with --listen"],
]);

export interface ListenerOptions {
  readonly serve: RequestHandler;
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
  readonly #server: Server;
  readonly #http1: Http1Connections;
  readonly #http2: Http2Sessions;
  /** Whose version of HTTP is not known yet. */
  readonly #undecided = new IntrusiveSet<IntrusiveItem & { readonly socket: Socket }>();
  readonly #tunnels: Tunnels = new Set();
  readonly #tcp = new TcpReset();
  #certificateWatch: FileWatch | undefined;

  /** @throws when the certificate cannot be used */
  constructor(options: ListenerOptions) {
    const { tls, headTimeoutMs } = options;
    this.#options = options;
    this.#http1 = new Http1Connections({
      ...options,
      refused: (status, reason) => options.refused(status, reason),
      scheme: tls === undefined ? "http" : "https",
      tunnels: this.#tunnels,
      tcp: this.#tcp,
    });
    this.#http2 = new Http2Sessions({
      ...options,
      refused: (status, reason) => options.refused(status, reason),
      maxHeaderBytes: MAX_HEADER_BYTES,
      keepAliveMs: KEEP_ALIVE_MS,
    });
    if (tls === undefined) {
      this.#server = createServer(CLEARTEXT, (socket) => this.#takeCleartext(socket, headTimeoutMs));
    } else {
      this.#server = this.#createTlsServer(tls);
    }
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
    this.#certificateWatch?.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#http1.announceEnd();
    this.#http2.announceEnd();
    const lingerUntil = performance.now() + Math.min(DRAIN_LINGER_MS, graceMs);
    const step = setInterval(() => {
      if (performance.now() < lingerUntil) return;
      this.#http1.closeIdle();
      this.#http2.close();
      for (const { socket } of this.#undecided) socket.destroy();
    }, DRAIN_STEP_MS);
    const end = setTimeout(() => this.#endAll(), graceMs);
    await closed;
    clearInterval(step);
    clearTimeout(end);
    this.#http1.destroy();
  }

  #endAll(): void {
    this.#http1.destroy();
    this.#http2.destroy();
    for (const { socket } of this.#undecided) socket.destroy();
    for (const socket of this.#tunnels) socket.destroy();
  }

  #createTlsServer(tls: ListenTls): TlsServer {
    const fixed = { ALPNProtocols: ["h2", "http/1.1", "http/1.0"], minVersion: "TLSv1.2" as const };
    const options = { noDelay: true, ...fixed, ...readCertificate(tls), handshakeTimeout: this.#options.headTimeoutMs };
    const server = createTlsServer(options, (socket) => this.#takeEncrypted(socket));
    server.on("connection", (socket: Socket) => this.#tcp.add(socket));
    server.on("tlsClientError", (_error, socket) => void socket.destroy());
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

  #takeEncrypted(socket: TLSSocket): void {
    if (socket.alpnProtocol === "h2") this.#http2.accept(socket);
    else this.#http1.accept(socket, null);
  }

  #takeCleartext(socket: Socket, limitMs: number): void {
    const undecided = { setIndex: 0, socket };
    this.#undecided.add(undecided);
    const decided = (): void => {
      socket.off("close", decided);
      this.#undecided.delete(undecided);
    };
    socket.on("close", decided);
    detectVersion(socket, limitMs, {
      http1: (seen) => {
        decided();
        this.#http1.accept(socket, seen);
      },
      http2: () => {
        decided();
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
