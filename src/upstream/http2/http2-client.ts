import type { TransportFailure } from "../../model/capture.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "../leg.ts";
import type { TlsOptions } from "../tls-options.ts";
import type { UpstreamHealth } from "../upstream-health.ts";
import { type ConnectionOwner, Http2Connection, MAX_STREAMS } from "./http2-connection.ts";
import { Http2Leg, type LegOwner, type UpstreamState } from "./http2-leg.ts";

/** Interval between timeout checks; a leg can outlive its timeout by that much. */
const SWEEP_MS = 50;
/** Open connections per upstream. Requests beyond them wait for a stream. */
const MAX_CONNECTIONS = 100;
/** Requests that wait for a stream. */
const MAX_WAITING = 10_000;
/** After a connection could not be opened while others are open, no further one is opened for this time. */
const REOPEN_AFTER_MS = 1_000;
/** How often a request is refused while no other is in flight, before the upstream is taken to refuse everything. */
const MAX_LONE_REFUSALS = 10;
/** Wait after the second such refusal, which doubles with each further one; the first retry does not wait. */
const BASE_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 250;
/** By how much a response raises the limit that was learned from a refusal: every fourth tries one more stream. */
const LIMIT_GROWTH = 0.25;
/** Memory for request bodies that may have to be sent again. */
const REPLAY_BYTES = 16 * 1024 * 1024;

const CLOSED: TransportFailure = { kind: "internal", detail: "the client was closed" };

/**
 * A connection pool for one upstream of HTTP/2: by ALPN over TLS, with prior knowledge in cleartext. Requests that exceed the
 * upstream's limit of concurrent streams are sent on further connections, or wait in order for a free stream.
 */
export class Http2Client implements UpstreamClient, ConnectionOwner, LegOwner {
  readonly replayMemory = { freeBytes: REPLAY_BYTES };
  readonly #url: URL;
  readonly #connectTimeoutMs: number;
  readonly #tls: TlsOptions;
  readonly health: UpstreamHealth | null;
  readonly #connections = new Set<Http2Connection>();
  /** All legs that have not ended. */
  readonly #legs = new Set<Http2Leg>();
  /** Legs whose stream was refused. They are sent before those that have waited less. */
  readonly #refused = new Set<Http2Leg>();
  readonly #waiting = new Set<Http2Leg>();
  /** Open streams of all connections. */
  #streams = 0;
  /** Streams that the upstream seems to allow on all connections together, which it does not announce. */
  #learnedLimit = Infinity;
  /** Limit of streams on the connection that has announced it last. */
  #announcedLimit: number | null = null;
  #reopenAt = 0;
  #isDestroyed = false;
  readonly #sweep: NodeJS.Timeout;

  /**
   * @param url an origin. The client connects to nothing else, whatever a request says.
   * @param connectTimeoutMs for opening one connection, TLS handshake included
   * @param tls for https
   * @param health is notified of failures and responses
   */
  constructor(url: string, connectTimeoutMs: number, tls: TlsOptions, health: UpstreamHealth | null = null) {
    this.health = health;
    this.#url = new URL(url);
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#tls = tls;
    this.#sweep = setInterval(() => this.#checkTimeouts(), SWEEP_MS).unref();
  }

  send(request: LegRequest, timeouts: LegTimeouts, handler: ResponseHandler): Leg {
    const leg = new Http2Leg(request, timeouts, handler, this);
    this.#legs.add(leg);
    const isUnqueued = this.#waiting.size === 0 && this.#refused.size === 0;
    const connection = isUnqueued ? this.#freeConnection(leg) : undefined;
    if (request.upgrade != null) {
      // RFC 9113 §8.6: HTTP/2 has no Upgrade.
      leg.fail({ kind: "protocol", detail: "an upgrade needs an upstream that speaks HTTP/1.1" });
    } else if (this.#isDestroyed) leg.fail(CLOSED);
    else if (connection !== undefined) this.#start(leg, connection);
    else if (this.#waiting.size < MAX_WAITING) this.#wait(leg, this.#waiting);
    else leg.fail({ kind: "refused", detail: `${MAX_WAITING} requests wait for a stream already`, notProcessed: true });
    return leg;
  }

  warmUp(): void {
    if (this.#connections.size === 0 && !this.#isDestroyed) this.#open();
  }

  closeIdle(): number {
    const idle = [...this.#connections].filter(({ streams, isOpen }) => isOpen && streams === 0);
    // With `close`, Node would wait until the upstream closes its side.
    for (const { session } of idle) session.destroy();
    return idle.length;
  }

  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    clearInterval(this.#sweep);
    for (const { session } of this.#connections) session.destroy();
    this.#failAll(this.#legs, CLOSED);
    await Promise.resolve();
  }

  connectionChanged(connection: Http2Connection): void {
    if (!connection.isClosing) this.#announcedLimit = connection.announcedLimit ?? this.#announcedLimit;
    this.streamFreed();
  }

  connectionClosed(connection: Http2Connection, failure: TransportFailure): void {
    this.#connections.delete(connection);
    const isUnreachable = !connection.isOpen && !this.#isDestroyed && !this.#hasUsableConnection;
    if (isUnreachable) this.health?.connectionFailed(failure);
    if (connection.announcedLimit === null) {
      // It was never usable, and neither is the next one probably.
      if (!this.#hasUsableConnection) this.#failWaiting(failure);
      this.#reopenAt = performance.now() + REOPEN_AFTER_MS;
    }
    this.streamFreed();
  }

  streamClosed(connection: Http2Connection, wasAccepted: boolean): void {
    connection.streamClosed();
    this.#streams -= 1;
    if (wasAccepted) this.#learnedLimit += LIMIT_GROWTH;
  }

  streamRefused(leg: Http2Leg, connection: Http2Connection, failure: TransportFailure): void {
    const { announcedLimit, streams, lastStreamId, isClosing } = connection;
    // An upstream that ends each connection before its first stream accepts nothing.
    const isEnding = isClosing && lastStreamId > 0;
    const isOverLimit = announcedLimit !== null && streams >= announcedLimit;
    if (isEnding || isOverLimit) return this.#wait(leg, this.#refused);
    leg.unexplainedRefusals += 1;
    if (this.#streams > 0) {
      this.#learnedLimit = this.#streams;
      return this.#wait(leg, this.#refused);
    }
    this.#learnedLimit = 1;
    // No other stream can end. Perhaps the upstream accepts this one on another connection, or later.
    connection.retire();
    if (leg.unexplainedRefusals < MAX_LONE_REFUSALS) return this.#waitLater(leg);
    leg.fail(failure);
    return this.#failWaiting(failure);
  }

  connectionLost(leg: Http2Leg): void {
    this.#wait(leg, this.#refused);
  }

  streamFreed(): void {
    for (;;) {
      const [leg] = this.#refused.size > 0 ? this.#refused : this.#waiting;
      if (leg === undefined) return;
      const connection = this.#freeConnection(leg);
      if (connection === undefined) return this.#openForWaiting();
      this.#refused.delete(leg);
      this.#waiting.delete(leg);
      this.#start(leg, connection);
    }
  }

  legEnded(leg: Http2Leg): void {
    this.#legs.delete(leg);
    this.#waiting.delete(leg);
    this.#refused.delete(leg);
  }

  #start(leg: Http2Leg, connection: Http2Connection): void {
    connection.streams += 1;
    this.#streams += 1;
    leg.start(connection);
  }

  #wait(leg: Http2Leg, queue: Set<Http2Leg>): void {
    leg.hasWaited = true;
    queue.add(leg);
    this.#openForWaiting();
  }

  #waitLater(leg: Http2Leg): void {
    const retry = leg.unexplainedRefusals;
    if (retry === 1) return this.#wait(leg, this.#refused);
    const ms = Math.min(BASE_BACKOFF_MS * 2 ** (retry - 2), MAX_BACKOFF_MS);
    setTimeout(() => !leg.isOver && this.#wait(leg, this.#refused), ms).unref();
    return undefined;
  }

  #freeConnection({ request }: Http2Leg): Http2Connection | undefined {
    if (this.#streams + 1 > this.#learnedLimit) return undefined;
    for (const connection of this.#connections) {
      if (connection.freeStreams <= 0) continue;
      if (request.body === null || !connection.sendWindow.isLost) return connection;
      connection.retire();
    }
    return undefined;
  }

  /** Opens as many connections as the waiting legs need. */
  #openForWaiting(): void {
    const limit = this.#announcedLimit ?? MAX_STREAMS;
    // An upstream that allows no streams may allow some later, on the connection that it has.
    if (this.#hasUsableConnection && (limit === 0 || performance.now() < this.#reopenAt)) return;
    let missing = Math.min(this.#waiting.size + this.#refused.size, Math.floor(this.#learnedLimit) - this.#streams);
    let open = 0;
    for (const { isClosing, announcedLimit, streams } of this.#connections) {
      if (isClosing) continue;
      open += 1;
      missing -= Math.max(0, (announcedLimit ?? limit) - streams);
    }
    for (; missing > 0 && open < MAX_CONNECTIONS; open += 1) {
      this.#open();
      missing -= Math.max(limit, 1);
    }
  }

  #open(): void {
    const connection = new Http2Connection({
      url: this.#url,
      connectTimeoutMs: this.#connectTimeoutMs,
      tls: this.#tls,
      owner: this,
      // More could be refused; and if another connection is open, one of its streams may be free sooner.
      startsEarly: !this.#hasUsableConnection,
    });
    this.#connections.add(connection);
  }

  get #hasUsableConnection(): boolean {
    for (const { isClosing } of this.#connections) {
      if (!isClosing) return true;
    }
    return false;
  }

  get #state(): UpstreamState {
    let isConnecting = false;
    let isSilent = false;
    for (const { isOpen, isClosing, announcedLimit } of this.#connections) {
      if (isClosing) continue;
      if (announcedLimit !== null) return "full";
      if (isOpen) isSilent = true;
      else isConnecting = true;
    }
    if (isSilent) return "silent";
    // Otherwise only streams of connections that are ending are in the way.
    return isConnecting ? "connecting" : "full";
  }

  #failWaiting(failure: TransportFailure): void {
    this.#failAll(this.#refused, failure);
    this.#failAll(this.#waiting, failure);
  }

  #failAll(legs: Iterable<Http2Leg>, failure: TransportFailure): void {
    for (const leg of legs) leg.fail(failure);
  }

  #checkTimeouts(): void {
    const now = performance.now();
    const state = this.#state;
    for (const leg of this.#legs) leg.checkTimeouts(now, state);
    for (const connection of this.#connections) {
      // Connections that are closing count too, so that slow uploads do not open more and more.
      if (connection.sendWindow.isStuck(now) && this.#connections.size < MAX_CONNECTIONS) connection.retire();
    }
    this.streamFreed();
  }
}
