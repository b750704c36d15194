import type { Leg, LegRequest, LegTimeouts, ResponseHandler, UpstreamClient } from "../leg.ts";
import { ConnectionQuarantine } from "./connection-quarantine.ts";
import type { ConnectionOwner } from "./connection-owner.ts";
import { Http1Connection } from "./http1-connection.ts";
import { Http1Leg } from "./http1-leg.ts";
import { IdleTimeout } from "./idle-timeout.ts";
import { SocketOpener } from "./socket-opener.ts";
import type { TransportFailure } from "../../model/capture.ts";
import { type TlsOptions, tlsOptions } from "../tls-options.ts";
import type { UpstreamHealth } from "../upstream-health.ts";

/** Interval between timeout checks; a leg can outlive its timeout by that much. One sweep is cheaper than a timer per leg. */
const SWEEP_MS = 50;
/**
 * After a request that cannot be repeated has found its connection closed, such requests try new connections for this long: an
 * upstream that closes the connection because of the request does so there too, where a closed idle connection is no excuse.
 */
const DISTRUST_MS = 60_000;
/** At most one of these new connections in this time, so that their number stays small. */
const NEW_CONNECTION_EVERY_MS = 100;

/**
 * A connection pool for one upstream of HTTP/1.1. A request takes the connection that was used last, or opens a new
 * one; there is no limit and no pipelining.
 */
export class Http1Client implements UpstreamClient, ConnectionOwner<Http1Connection> {
  readonly idleTimeout = new IdleTimeout();
  readonly #opener: SocketOpener;
  readonly #connectTimeoutMs: number;
  readonly #health: UpstreamHealth | null;
  readonly #connections = new Set<Http1Connection>();
  /** Ready for a request, the one used last at the end. Surplus connections at the start expire. */
  readonly #idle: Http1Connection[] = [];
  readonly #quarantine = new ConnectionQuarantine((connection) => void this.#idle.push(connection));
  #isDestroyed = false;
  /** Until when open connections are distrusted; 0 if they are not. */
  #distrustedUntil = 0;
  #newConnectionAt = 0;
  readonly #sweep: NodeJS.Timeout;

  /**
   * @param url an http or https origin. The client connects to nothing else, whatever a request says.
   * @param connectTimeoutMs for opening one connection, name resolution and TLS handshake included
   * @param tls for https; by default the certificate authorities of the system are trusted
   * @param health is notified of failures and responses
   */
  constructor(
    url: string,
    connectTimeoutMs: number,
    tls: TlsOptions = tlsOptions(new URL(url).hostname, undefined),
    health: UpstreamHealth | null = null,
  ) {
    this.#health = health;
    this.#opener = new SocketOpener(url, tls);
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#sweep = setInterval(() => this.#checkTimeouts(), SWEEP_MS).unref();
  }

  send(request: LegRequest, timeouts: LegTimeouts, handler: ResponseHandler): Leg {
    const leg = new Http1Leg(request, timeouts, handler, this.#health);
    const { problem } = leg.head;
    if (problem === "") this.#assign(leg);
    else leg.fail({ kind: "internal", detail: problem });
    return leg;
  }

  warmUp(): void {
    if (this.#connections.size === 0 && !this.#isDestroyed) this.#open(null);
  }

  closeIdle(): number {
    const idle = this.#idle.splice(0);
    for (const connection of idle) connection.drop();
    return idle.length;
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

  connectionFailed(failure: TransportFailure): void {
    this.#health?.connectionFailed(failure);
  }

  connectionWasStale(): void {
    this.#distrustedUntil = performance.now() + DISTRUST_MS;
  }

  retry(leg: Http1Leg): void {
    this.#open(leg);
  }

  #assign(leg: Http1Leg): void {
    // A connection that can switch protocols reads its socket differently from the start.
    const needsNew = leg.canSwitch || (this.#distrustedUntil > 0 && this.#distrustsConnections(leg));
    const connection = needsNew ? undefined : (this.#takeIdle(leg) ?? this.#quarantine.take());
    if (connection === undefined) this.#open(leg);
    else connection.carry(leg);
  }

  /** A request that cannot be repeated waits until the socket was read once more: the upstream may have closed it. */
  #takeIdle({ isRepeatable }: Http1Leg): Http1Connection | undefined {
    const connection = this.#idle.pop();
    if (connection === undefined || isRepeatable) return connection;
    connection.beginQuarantine();
    this.#quarantine.addTaken(connection);
    return connection;
  }

  #distrustsConnections({ isRepeatable }: Http1Leg): boolean {
    const now = performance.now();
    if (now > this.#distrustedUntil) this.#distrustedUntil = 0;
    if (this.#distrustedUntil === 0 || now < this.#newConnectionAt || isRepeatable) return false;
    this.#newConnectionAt = now + NEW_CONNECTION_EVERY_MS;
    return true;
  }

  #open(leg: Http1Leg | null): void {
    if (this.#isDestroyed) return leg?.fail({ kind: "internal", detail: "the client was closed" });
    this.#connections.add(new Http1Connection(this.#opener, leg, this));
    return undefined;
  }

  #checkTimeouts(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.checkTimeouts(now, this.#connectTimeoutMs);
  }
}
