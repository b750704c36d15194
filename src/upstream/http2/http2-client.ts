import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Http2Leg } from "./http2-leg.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "../leg.ts";
import type { TlsOptions } from "../tls-options.ts";
import { toTransportFailure } from "../transport-failure.ts";

/** Limits are checked this often; a leg may live that much longer. */
const SWEEP_MS = 50;
/** Requests on one connection, if the upstream allows as many; for more another connection is opened. */
const MAX_STREAMS = 100;
/** A response head beyond this is refused. */
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_HEADER_PAIRS = 2_000;
/** A response may be this far ahead of its reader, and a connection in all. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const SESSION_WINDOW_BYTES = 4 * 1024 * 1024;
/** A connection without requests is closed after this. */
const IDLE_MS = 60_000;

const SESSION = {
  settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES, maxHeaderListSize: MAX_HEADER_BYTES },
  maxHeaderListPairs: MAX_HEADER_PAIRS,
  peerMaxConcurrentStreams: MAX_STREAMS,
  // What a client sends twice is passed on twice.
  strictSingleValueFields: false,
};

interface Line {
  readonly session: ClientHttp2Session;
  /** Requests that wait for the connection to open. */
  readonly waiting: Set<Http2Leg>;
  streams: number;
  isOpen: boolean;
}

/** Connections to one upstream that speaks HTTP/2: by ALPN over TLS, with prior knowledge in cleartext. */
export class Http2Client implements UpstreamClient {
  readonly #url: URL;
  readonly #connectTimeoutMs: number;
  readonly #tls: TlsOptions;
  readonly #lines = new Set<Line>();
  readonly #legs = new Set<Http2Leg>();
  readonly #sweep: NodeJS.Timeout;

  /**
   * @param url an origin; nothing else is ever dialled, whatever a request says
   * @param connectTimeoutMs for one connection to be opened, TLS included
   * @param tls for https
   */
  constructor(url: string, connectTimeoutMs: number, tls: TlsOptions) {
    this.#url = new URL(url);
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#tls = tls;
    this.#sweep = setInterval(() => this.#checkLimits(), SWEEP_MS).unref();
  }

  send(request: LegRequest, limits: LegTimeouts, handler: ResponseHandler): Leg {
    const leg = new Http2Leg(request, limits, handler, this.#legs, (refused) => this.#assign(refused));
    if (request.upgrade != null) {
      // RFC 9113 §8.6: HTTP/2 has no Upgrade.
      leg.fail({ kind: "protocol", detail: "an upgrade needs an upstream of HTTP/1.1" });
      return leg;
    }
    this.#assign(leg);
    return leg;
  }

  warmUp(): void {
    if (this.#lines.size === 0) this.#open();
  }

  async destroy(): Promise<void> {
    clearInterval(this.#sweep);
    for (const { session } of this.#lines) session.destroy();
    await Promise.resolve();
  }

  #assign(leg: Http2Leg): void {
    const line = this.#lineWithRoom() ?? this.#open();
    line.streams += 1;
    if (line.isOpen) this.#start(line, leg, false);
    else line.waiting.add(leg);
  }

  #lineWithRoom(): Line | undefined {
    for (const line of this.#lines) {
      const { session, streams, isOpen } = line;
      const allowed = isOpen
        ? Math.min(session.remoteSettings.maxConcurrentStreams ?? MAX_STREAMS, MAX_STREAMS)
        : MAX_STREAMS;
      if (!session.closed && !session.destroyed && streams < allowed) return line;
    }
    return undefined;
  }

  #open(): Line {
    const session = connect(this.#url, { ...SESSION, createConnection: () => this.#dial() });
    const line: Line = { session, waiting: new Set(), streams: 0, isOpen: false };
    this.#lines.add(line);
    let failure: Error = Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" });
    const timer = setTimeout(() => {
      const message = `not connected after ${this.#connectTimeoutMs} ms`;
      session.destroy(Object.assign(new Error(message), { code: "ETIMEDOUT" }));
    }, this.#connectTimeoutMs);
    session
      .on("error", (error: Error) => (failure = error))
      .once("connect", () => {
        clearTimeout(timer);
        if (!session.destroyed) this.#opened(line);
      })
      .once("close", () => {
        clearTimeout(timer);
        this.#lines.delete(line);
        for (const leg of line.waiting) leg.fail(toTransportFailure(failure, false));
      })
      .setTimeout(IDLE_MS, () => line.streams === 0 && session.close());
    return line;
  }

  #dial(): Socket {
    const { protocol, hostname, port } = this.#url;
    const host = hostname.replaceAll(/[[\]]/g, "");
    if (protocol === "http:") return connectTcp({ host, port: Number(port || 80), noDelay: true });
    return connectTls({ ...this.#tls, host, port: Number(port || 443), ALPNProtocols: ["h2"] });
  }

  #opened(line: Line): void {
    const { session } = line;
    if (session.encrypted === true && session.alpnProtocol !== "h2") {
      return session.destroy(Object.assign(new Error("the upstream does not speak HTTP/2"), { code: "ERR_TLS_ALPN" }));
    }
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    line.isOpen = true;
    for (const leg of line.waiting) this.#start(line, leg, true);
    line.waiting.clear();
  }

  #start(line: Line, leg: Http2Leg, waited: boolean): void {
    const closed = (): void => {
      line.streams -= 1;
    };
    if (leg.isOver) return closed();
    leg.start(line.session, waited, closed);
  }

  #checkLimits(): void {
    const now = performance.now();
    for (const leg of this.#legs) leg.checkLimits(now);
  }
}
