import { buildConnector, Pool } from "undici";
import { type MeasuredConnectionOptions, MeasuredConnection } from "./measured-connection.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "../leg.ts";
import { type TlsOptions, tlsOptions } from "../tls-options.ts";
import { UndiciLeg } from "./undici-leg.ts";
import { WarmConnector } from "./warm-connector.ts";

/** Limits are checked this often; a leg may live that much longer. One sweep costs less than a timer per request. */
const SWEEP_MS = 50;
/** A response head beyond this is refused. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Connections to one upstream over undici's dispatch: no promises, no streams, header fields as raw arrays. */
export class UndiciClient implements UpstreamClient {
  readonly #pool: Pool;
  readonly #warm: WarmConnector;
  readonly #target: buildConnector.Options;
  readonly #serverName: string;
  readonly #legs = new Set<UndiciLeg>();
  readonly #sweep: NodeJS.Timeout;

  /**
   * @param url an origin; nothing else is ever dialled, whatever a request says
   * @param connectTimeoutMs for one connection to be opened, TLS included
   * @param tls for https; by default the system's authorities judge the upstream
   */
  constructor(url: string, connectTimeoutMs: number, tls: TlsOptions = tlsOptions(new URL(url).hostname, undefined)) {
    const { servername, ...options } = tls;
    const { protocol, host, hostname, port } = new URL(url);
    this.#serverName = hostname;
    this.#target = { protocol, host, hostname, port };
    const connect = buildConnector({ ...options, allowH2: false, timeout: connectTimeoutMs });
    // The name in the client's Host header must not choose the certificate: the configured name does.
    this.#warm = new WarmConnector((target, callback) => connect(withServerName(target, servername), callback));
    this.#pool = new Pool(url, {
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Our own sweep knows what counts as waiting; undici's timers are coarser and start elsewhere.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#warm.connector,
      factory: (origin, options) => new MeasuredConnection(origin, options as MeasuredConnectionOptions),
    });
    this.#sweep = setInterval(() => this.#checkLimits(), SWEEP_MS).unref();
  }

  send(request: LegRequest, limits: LegTimeouts, handler: ResponseHandler): Leg {
    const options = {
      method: request.method,
      path: request.target,
      headers: request.headers as string[],
      body: request.body,
      // Always the same, or undici would open a new connection for each Host that a client sends.
      servername: this.#serverName,
      // undici would close the connection after each HEAD; a body that must not be there is found by its parser.
      ...(request.method === "HEAD" ? { reset: false } : {}),
      ...(request.upgrade == null ? {} : { upgrade: request.upgrade }),
    } as Parameters<Pool["dispatch"]>[0];
    return new UndiciLeg(request, limits, handler, this.#legs, (leg) => this.#pool.dispatch(options, leg));
  }

  warmUp(): void {
    this.#warm.openAhead(this.#target);
  }

  async destroy(): Promise<void> {
    clearInterval(this.#sweep);
    this.#warm.close();
    await this.#pool.destroy();
  }

  #checkLimits(): void {
    const now = performance.now();
    for (const leg of this.#legs) leg.checkLimits(now);
  }
}

function withServerName(target: buildConnector.Options, name: string | undefined): buildConnector.Options {
  const { servername: _, ...rest } = target;
  return name === undefined ? rest : { ...rest, servername: name };
}
