import { connect, type OnReadOpts, Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectSecurely, type ConnectionOptions, createSecureContext } from "node:tls";
import { missingDescriptors, trackSocket } from "../../lib/runtime/descriptors.ts";
import type { TlsOptions } from "../tls-options.ts";

const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const KEEP_ALIVE_PROBES_AFTER_MS = 60_000;

/** Opens sockets to one upstream: over TLS for an https origin. */
export class SocketOpener {
  /** The event of a socket that can carry a request; for TLS, the handshake has ended. */
  readonly openEvent: "connect" | "secureConnect";
  readonly #address: TcpNetConnectOpts;
  readonly #tls: ConnectionOptions | null;
  /** The latest session of the upstream: resuming it saves most of the next handshake (RFC 8446 §2.2). */
  #session: Buffer | undefined;

  /**
   * @param url an http or https origin
   * @param tls how an https origin is verified
   */
  constructor(url: string, tls: TlsOptions) {
    const { protocol, hostname, port } = new URL(url);
    const isSecure = protocol === "https:";
    this.openEvent = isSecure ? "secureConnect" : "connect";
    this.#address = {
      host: hostname.replaceAll(/[[\]]/g, ""),
      port: Number(port) || (isSecure ? HTTPS_PORT : HTTP_PORT),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_PROBES_AFTER_MS,
    };
    // The context is created once: reading the authorities for each connection would take milliseconds.
    this.#tls = isSecure ? { ...tls, secureContext: createSecureContext(tls), ALPNProtocols: ["http/1.1"] } : null;
  }

  /**
   * @param onread bypasses Node's readable stream, which costs more than the parser
   * @returns a socket that fails with EMFILE if only the descriptors of the admin listener and the store are left
   */
  open(onread: OnReadOpts | null): Socket {
    if (missingDescriptors("primary") > 0) {
      return new Socket().destroy(Object.assign(new Error("too many open files"), { code: "EMFILE" }));
    }
    const options = onread === null ? this.#address : { ...this.#address, onread };
    const socket = this.#tls === null ? connect(options) : this.#openSecurely({ ...options, ...this.#tls });
    trackSocket(socket);
    return socket;
  }

  #openSecurely(options: ConnectionOptions): Socket {
    const session = this.#session;
    let isOpen = false;
    return connectSecurely(session === undefined ? options : { ...options, session })
      .setNoDelay(true) // Node 24 ignores the option.
      .on("session", (latest: Buffer) => (this.#session = latest))
      .once("secureConnect", () => (isOpen = true))
      .once("close", () => {
        // An upstream that refuses to resume a session gets a full handshake next time.
        if (!isOpen && this.#session === session) this.#session = undefined;
      });
  }
}
