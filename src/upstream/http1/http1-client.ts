import type { TcpNetConnectOpts } from "node:net";
import { type ConnectionOwner, Http1Connection } from "./http1-connection.ts";
import { Http1Leg } from "./http1-leg.ts";
import { ConnectionQuarantine } from "./connection-quarantine.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "../leg.ts";

/** Limits are checked this often; a leg may live that much longer. One sweep costs less than a timer per request. */
const SWEEP_MS = 50;
const HTTP_PORT = 80;

/**
 * Connections to one cleartext upstream of HTTP/1.1. Each request takes the connection that was used last, or else opens
 * one: as many as requests are under way, and no pipelining.
 */
export class Http1Client implements UpstreamClient, ConnectionOwner {
  readonly #address: TcpNetConnectOpts;
  readonly #connectTimeoutMs: number;
  readonly #connections = new Set<Http1Connection>();
  /** Ready for a request, the one used last at the end; those in excess grow old and are closed. */
  readonly #idle: Http1Connection[] = [];
  readonly #resting = new ConnectionQuarantine((connection) => void this.#idle.push(connection));
  #isDestroyed = false;
  readonly #sweep: NodeJS.Timeout;

  /**
   * @param url an http origin; nothing else is ever dialled, whatever a request says
   * @param connectTimeoutMs for one connection to be opened, its name resolved
   */
  constructor(url: string, connectTimeoutMs: number) {
    const { hostname, port } = new URL(url);
    this.#address = { host: hostname.replaceAll(/[[\]]/g, ""), port: Number(port) || HTTP_PORT };
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#sweep = setInterval(() => this.#checkLimits(), SWEEP_MS).unref();
  }

  send(request: LegRequest, limits: LegTimeouts, handler: ResponseHandler): Leg {
    const leg = new Http1Leg(request, limits, handler);
    const { problem } = leg.head;
    if (problem === "") this.#assign(leg);
    else leg.fail({ kind: "internal", detail: problem });
    return leg;
  }

  warmUp(): void {
    if (this.#connections.size === 0 && !this.#isDestroyed) this.#open(null);
  }

  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    clearInterval(this.#sweep);
    for (const connection of this.#connections) {
      connection.fail({ kind: "internal", detail: "the connections were closed" });
    }
    await Promise.resolve();
  }

  free(connection: Http1Connection): void {
    this.#resting.add(connection);
  }

  closed(connection: Http1Connection): void {
    this.#connections.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  sendAgain(leg: Http1Leg): void {
    this.#open(leg);
  }

  #assign(leg: Http1Leg): void {
    // One that changes its protocol needs a socket of its own kind.
    const connection = leg.maySwitch ? undefined : (this.#idle.pop() ?? this.#resting.take());
    if (connection === undefined) this.#open(leg);
    else connection.carry(leg);
  }

  #open(leg: Http1Leg | null): void {
    if (this.#isDestroyed) return leg?.fail({ kind: "internal", detail: "the connections were closed" });
    this.#connections.add(new Http1Connection(this.#address, leg, this));
    return undefined;
  }

  #checkLimits(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.checkLimits(now, this.#connectTimeoutMs);
  }
}
