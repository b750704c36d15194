import { isIP } from "node:net";
import { buildConnector, Pool } from "undici";
import { type ConnectionOptions, MeasuredConnection } from "./connection.ts";
import type { Leg, LegHandler, LegLimits, LegRequest, UpstreamClient } from "./leg.ts";
import { UndiciLeg } from "./undici-leg.ts";

/** Limits are checked this often; a leg may live that much longer. One sweep costs less than a timer per request. */
const SWEEP_MS = 50;
/** A response head beyond this is refused. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Connections to one upstream over undici's dispatch: no promises, no streams, header fields as raw arrays. */
export class UndiciClient implements UpstreamClient {
  readonly #pool: Pool;
  readonly #serverName: string;
  readonly #legs = new Set<UndiciLeg>();
  readonly #sweep: NodeJS.Timeout;

  /**
   * @param url an origin; nothing else is ever dialled, whatever a request says
   * @param connectTimeoutMs for one connection to be opened, TLS included
   */
  constructor(url: string, connectTimeoutMs: number) {
    const { hostname } = new URL(url);
    this.#serverName = hostname;
    const connect = buildConnector({ allowH2: false, timeout: connectTimeoutMs });
    this.#pool = new Pool(url, {
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Our own sweep knows what counts as waiting; undici's timers are coarser and start elsewhere.
      headersTimeout: 0,
      bodyTimeout: 0,
      // The name in the client's Host header must not choose the certificate: the configured name does.
      connect: (target, callback) => connect(withServerName(target, hostname), callback),
      factory: (origin, options) => new MeasuredConnection(origin, options as ConnectionOptions),
    });
    this.#sweep = setInterval(() => this.#checkLimits(), SWEEP_MS).unref();
  }

  send(request: LegRequest, limits: LegLimits, handler: LegHandler): Leg {
    const options = {
      method: request.method,
      path: request.target,
      headers: request.headers as string[],
      body: request.body,
      // Always the same, or undici would open a new connection for each Host that a client sends.
      servername: this.#serverName,
    } as Parameters<Pool["dispatch"]>[0];
    return new UndiciLeg(request, limits, handler, this.#legs, (leg) => this.#pool.dispatch(options, leg));
  }

  async destroy(): Promise<void> {
    clearInterval(this.#sweep);
    await this.#pool.destroy();
  }

  #checkLimits(): void {
    const now = performance.now();
    for (const leg of this.#legs) leg.checkLimits(now);
  }
}

/** RFC 6066 §3: an address is no server name. */
function withServerName(target: buildConnector.Options, hostname: string): buildConnector.Options {
  const { servername: _, ...rest } = target;
  return isIP(hostname.replaceAll(/[[\]]/g, "")) === 0 ? { ...rest, servername: hostname } : rest;
}
