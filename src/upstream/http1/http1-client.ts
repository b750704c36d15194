import type { TcpNetConnectOpts } from "node:net";
import type { Leg, LegRequest, LegTimeouts, ResponseHandler, UpstreamClient } from "../leg.ts";
import { ConnectionQuarantine } from "./connection-quarantine.ts";
import { type ConnectionOwner, Http1Connection } from "./http1-connection.ts";
import { Http1Leg } from "./http1-leg.ts";

/** Interval between timeout checks; a leg can outlive its timeout by that much. One sweep is cheaper than a timer per leg. */
const SWEEP_MS = 50;
const HTTP_PORT = 80;

/**
 * A connection pool for one cleartext upstream of HTTP/1.1. A request takes the connection that was used last, or opens a new
 * one; there is no limit and no pipelining.
 */
export class Http1Client implements UpstreamClient, ConnectionOwner {
  readonly #address: TcpNetConnectOpts;
  readonly #connectTimeoutMs: number;
  readonly #connections = new Set<Http1Connection>();
  /** Ready for a request, the one used last at the end. Surplus connections at the start expire. */
  readonly #idle: Http1Connection[] = [];
  readonly #quarantine = new ConnectionQuarantine((connection) => void this.#idle.push(connection));
  #isDestroyed = false;
  readonly #sweep: NodeJS.Timeout;

  /**
   * @param url an http origin. The client connects to nothing else, whatever a request says.
   * @param connectTimeoutMs for opening one connection, name resolution included
   */
  constructor(url: string, connectTimeoutMs: number) {
    const { hostname, port } = new URL(url);
    this.#address = { host: hostname.replaceAll(/[[\]]/g, ""), port: Number(port) || HTTP_PORT };
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#sweep = setInterval(() => this.#checkTimeouts(), SWEEP_MS).unref();
  }

  send(request: LegRequest, timeouts: LegTimeouts, handler: ResponseHandler): Leg {
    const leg = new Http1Leg(request, timeouts, handler);
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
      connection.fail({ kind: "internal", detail: "the client was closed" });
    }
    await Promise.resolve();
  }

  connectionFreed(connection: Http1Connection): void {
    this.#quarantine.add(connection);
  }

  connectionClosed(connection: Http1Connection): void {
    this.#connections.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  retry(leg: Http1Leg): void {
    this.#open(leg);
  }

  #assign(leg: Http1Leg): void {
    // A connection that can switch protocols reads its socket differently from the start.
    const connection = leg.canSwitch ? undefined : (this.#idle.pop() ?? this.#quarantine.take());
    if (connection === undefined) this.#open(leg);
    else connection.carry(leg);
  }

  #open(leg: Http1Leg | null): void {
    if (this.#isDestroyed) return leg?.fail({ kind: "internal", detail: "the client was closed" });
    this.#connections.add(new Http1Connection(this.#address, leg, this));
    return undefined;
  }

  #checkTimeouts(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.checkTimeouts(now, this.#connectTimeoutMs);
  }
}
