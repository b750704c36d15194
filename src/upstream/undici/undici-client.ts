import { buildConnector, Pool } from "undici";
import { type MeasuredConnectionOptions, MeasuredConnection } from "./measured-connection.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "../leg.ts";
import { type TlsOptions, tlsOptions } from "../tls-options.ts";
import { UndiciLeg } from "./undici-leg.ts";
import { WarmConnector } from "./warm-connector.ts";

/** Interval between timeout checks; a leg can outlive its timeout by that much. One sweep is cheaper than a timer per leg. */
const SWEEP_MS = 50;
/** A longer response head is refused. */
const MAX_HEADER_BYTES = 64 * 1024;

/** A connection pool for one upstream of HTTP/1.1, on undici's `dispatch`: no promises, no streams, raw header arrays. */
export class UndiciClient implements UpstreamClient {
  readonly #pool: Pool;
  readonly #warm: WarmConnector;
  readonly #target: buildConnector.Options;
  readonly #serverName: string;
  readonly #legs = new Set<UndiciLeg>();
  readonly #sweep: NodeJS.Timeout;

  /**
   * @param url an origin. The client connects to nothing else, whatever a request says.
   * @param connectTimeoutMs for opening one connection, TLS handshake included
   * @param tls for https; by default the certificate authorities of the system are trusted
   */
  constructor(url: string, connectTimeoutMs: number, tls: TlsOptions = tlsOptions(new URL(url).hostname, undefined)) {
    const { servername, ...options } = tls;
    const { protocol, host, hostname, port } = new URL(url);
    this.#serverName = hostname;
    this.#target = { protocol, host, hostname, port };
    const connect = buildConnector({ ...options, allowH2: false, timeout: connectTimeoutMs });
    // The configured name selects the certificate, not the Host header of the client.
    this.#warm = new WarmConnector((target, callback) => connect(withServerName(target, servername), callback));
    this.#pool = new Pool(url, {
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The sweep checks the timeouts; undici's timers are coarser and start at other moments.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#warm.connector,
      factory: (origin, options) => new MeasuredConnection(origin, options as MeasuredConnectionOptions),
    });
    this.#sweep = setInterval(() => this.#checkTimeouts(), SWEEP_MS).unref();
  }

  send(request: LegRequest, timeouts: LegTimeouts, handler: ResponseHandler): Leg {
    const options = {
      method: request.method,
      path: request.target,
      headers: request.headers as string[],
      body: request.body,
      // A constant: undici would open a new connection for each Host that a client sends.
      servername: this.#serverName,
      // undici would otherwise close the connection after each HEAD; its parser detects an illegal body.
      ...(request.method === "HEAD" ? { reset: false } : {}),
      ...(request.upgrade == null ? {} : { upgrade: request.upgrade }),
    } as Parameters<Pool["dispatch"]>[0];
    return new UndiciLeg(request, timeouts, handler, this.#legs, (leg) => this.#pool.dispatch(options, leg));
  }

  warmUp(): void {
    this.#warm.openAhead(this.#target);
  }

  async destroy(): Promise<void> {
    clearInterval(this.#sweep);
    this.#warm.close();
    await this.#pool.destroy();
  }

  #checkTimeouts(): void {
    const now = performance.now();
    for (const leg of this.#legs) leg.checkTimeouts(now);
  }
}

function withServerName(target: buildConnector.Options, name: string | undefined): buildConnector.Options {
  const { servername: _, ...rest } = target;
  return name === undefined ? rest : { ...rest, servername: name };
}
