import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { createSecureContext, createServer, type Server, type TLSSocket } from "node:tls";
import { type FileWatch, watchFiles } from "../../config/file-watch.ts";
import type { ListenTls } from "../../model/config.ts";

const TLS_OPTIONS = { ALPNProtocols: ["h2", "http/1.1", "http/1.0"], minVersion: "TLSv1.2" as const };

export interface TlsServerOptions {
  readonly tls: ListenTls;
  readonly handshakeTimeoutMs: number;
  readonly resetter: TcpResetter;
  readonly accept: (socket: TLSSocket) => void;
  /** The certificate files have changed. @param problem why the old certificate stays in use; null if it was replaced */
  readonly certificateChanged: (problem: string | null) => void;
}

/**
 * Creates a server for HTTP over TLS that reloads its certificate when the files change.
 * @throws when the certificate cannot be used
 */
export function createTlsServer(options: TlsServerOptions): { readonly server: Server; readonly watch: FileWatch } {
  const { tls, handshakeTimeoutMs, resetter, accept, certificateChanged } = options;
  const server = createServer(
    { noDelay: true, ...TLS_OPTIONS, ...readCertificate(tls), handshakeTimeout: handshakeTimeoutMs },
    accept,
  );
  server.on("connection", (socket: Socket) => resetter.add(socket));
  server.on("tlsClientError", (_error, socket) => void socket.destroy());
  const changed = (): void => {
    try {
      server.setSecureContext({ ...TLS_OPTIONS, ...readCertificate(tls) });
      certificateChanged(null);
    } catch (error) {
      certificateChanged((error as Error).message);
    }
  };
  return { server, watch: watchFiles({ files: [tls.certFile, tls.keyFile], changed }) };
}

/**
 * Ends connections with a TCP reset, so that a client notices that a body without a length was cut. Under TLS, the TCP
 * connection below must be reset: Node ends a TLS socket in an orderly way instead, and links it to its TCP socket only by
 * their addresses.
 */
export class TcpResetter {
  /** TCP sockets that carry TLS, by their addresses. */
  readonly #open = new Map<string, Socket>();

  /** @param socket that is about to carry TLS */
  add(socket: Socket): void {
    const key = keyOf(socket);
    this.#open.set(key, socket);
    socket.once("close", () => {
      if (this.#open.get(key) === socket) this.#open.delete(key);
    });
  }

  /** Returns the TCP socket that carries a TLS socket; undefined once it is closed. */
  tcpOf(socket: TLSSocket): Socket | undefined {
    return this.#open.get(keyOf(socket));
  }

  reset(socket: Socket): void {
    if (!("encrypted" in socket)) return void socket.resetAndDestroy();
    this.#open.get(keyOf(socket))?.resetAndDestroy();
    return void socket.destroy();
  }
}

function keyOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}

/** @throws naming the files, when one cannot be read or the key does not belong to the certificate */
function readCertificate({ certFile, keyFile }: ListenTls): { readonly cert: Buffer; readonly key: Buffer } {
  try {
    const certificate = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    createSecureContext(certificate);
    return certificate;
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`the certificate ${certFile} with the key ${keyFile} cannot be used: ${message}`, { cause });
  }
}
