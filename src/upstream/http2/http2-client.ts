import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Http2Leg } from "./http2-leg.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "../leg.ts";
import type { TlsOptions } from "../tls-options.ts";
import { toTransportFailure } from "../transport-failure.ts";

/** Interval between timeout checks; a leg can outlive its timeout by that much. */
const SWEEP_MS = 50;
/** Concurrent requests per connection, if the upstream allows as many; for more requests another connection is opened. */
const MAX_STREAMS = 100;
/** A longer response head is refused. */
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_HEADER_PAIRS = 2_000;
/** Flow-control windows: how far a response, and all responses of a connection, can be ahead of their readers. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const SESSION_WINDOW_BYTES = 4 * 1024 * 1024;
/** Idle timeout of a connection without requests. */
const IDLE_MS = 60_000;

const SESSION_OPTIONS = {
  settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES, maxHeaderListSize: MAX_HEADER_BYTES },
  maxHeaderListPairs: MAX_HEADER_PAIRS,
  peerMaxConcurrentStreams: MAX_STREAMS,
  // A field that the client sends twice is forwarded twice.
  strictSingleValueFields: false,
};

interface PooledSession {
  readonly session: ClientHttp2Session;
  /** Legs that wait for the connection to open. */
  readonly waiting: Set<Http2Leg>;
  streams: number;
  isOpen: boolean;
}

/** A connection pool for one upstream of HTTP/2: by ALPN over TLS, with prior knowledge in cleartext. */
export class Http2Client implements UpstreamClient {
  readonly #url: URL;
  readonly #connectTimeoutMs: number;
  readonly #tls: TlsOptions;
  readonly #sessions = new Set<PooledSession>();
  readonly #legs = new Set<Http2Leg>();
  readonly #sweep: NodeJS.Timeout;

  /**
   * @param url an origin. The client connects to nothing else, whatever a request says.
   * @param connectTimeoutMs for opening one connection, TLS handshake included
   * @param tls for https
   */
  constructor(url: string, connectTimeoutMs: number, tls: TlsOptions) {
    this.#url = new URL(url);
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#tls = tls;
    this.#sweep = setInterval(() => this.#checkTimeouts(), SWEEP_MS).unref();
  }

  send(request: LegRequest, timeouts: LegTimeouts, handler: ResponseHandler): Leg {
    const leg = new Http2Leg(request, timeouts, handler, this.#legs, (refused) => this.#assign(refused));
    if (request.upgrade != null) {
      // RFC 9113 §8.6: HTTP/2 has no Upgrade.
      leg.fail({ kind: "protocol", detail: "an upgrade needs an upstream that speaks HTTP/1.1" });
      return leg;
    }
    this.#assign(leg);
    return leg;
  }

  warmUp(): void {
    if (this.#sessions.size === 0) this.#open();
  }

  async destroy(): Promise<void> {
    clearInterval(this.#sweep);
    for (const { session } of this.#sessions) session.destroy();
    await Promise.resolve();
  }

  #assign(leg: Http2Leg): void {
    const pooled = this.#availableSession() ?? this.#open();
    pooled.streams += 1;
    if (pooled.isOpen) this.#start(pooled, leg, false);
    else pooled.waiting.add(leg);
  }

  #availableSession(): PooledSession | undefined {
    for (const pooled of this.#sessions) {
      const { session, streams, isOpen } = pooled;
      const allowed = isOpen
        ? Math.min(session.remoteSettings.maxConcurrentStreams ?? MAX_STREAMS, MAX_STREAMS)
        : MAX_STREAMS;
      if (!session.closed && !session.destroyed && streams < allowed) return pooled;
    }
    return undefined;
  }

  #open(): PooledSession {
    const session = connect(this.#url, { ...SESSION_OPTIONS, createConnection: () => this.#dial() });
    const pooled: PooledSession = { session, waiting: new Set(), streams: 0, isOpen: false };
    this.#sessions.add(pooled);
    let failure: Error = Object.assign(new Error("the upstream closed the connection"), { code: "ECONNRESET" });
    const timer = setTimeout(() => {
      const message = `not connected after ${this.#connectTimeoutMs} ms`;
      session.destroy(Object.assign(new Error(message), { code: "ETIMEDOUT" }));
    }, this.#connectTimeoutMs);
    session
      .on("error", (error: Error) => (failure = error))
      .once("connect", () => {
        clearTimeout(timer);
        if (!session.destroyed) this.#opened(pooled);
      })
      .once("close", () => {
        clearTimeout(timer);
        this.#sessions.delete(pooled);
        for (const leg of pooled.waiting) leg.fail(toTransportFailure(failure, false));
      })
      .setTimeout(IDLE_MS, () => pooled.streams === 0 && session.close());
    return pooled;
  }

  #dial(): Socket {
    const { protocol, hostname, port } = this.#url;
    const host = hostname.replaceAll(/[[\]]/g, "");
    if (protocol === "http:") return connectTcp({ host, port: Number(port || 80), noDelay: true });
    return connectTls({ ...this.#tls, host, port: Number(port || 443), ALPNProtocols: ["h2"] });
  }

  #opened(pooled: PooledSession): void {
    const { session } = pooled;
    if (session.encrypted === true && session.alpnProtocol !== "h2") {
      return session.destroy(Object.assign(new Error("the upstream does not speak HTTP/2"), { code: "ERR_TLS_ALPN" }));
    }
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    pooled.isOpen = true;
    for (const leg of pooled.waiting) this.#start(pooled, leg, true);
    pooled.waiting.clear();
  }

  #start(pooled: PooledSession, leg: Http2Leg, isNew: boolean): void {
    const closed = (): void => {
      pooled.streams -= 1;
    };
    if (leg.isOver) return closed();
    leg.start(pooled.session, isNew, closed);
  }

  #checkTimeouts(): void {
    const now = performance.now();
    for (const leg of this.#legs) leg.checkTimeouts(now);
  }
}
