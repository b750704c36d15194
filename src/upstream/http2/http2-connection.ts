import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { trackSocket } from "../../lib/runtime/descriptors.ts";
import type { TransportFailure } from "../../model/capture.ts";
import { remoteAddress } from "../remote-address.ts";
import type { TlsOptions } from "../tls-options.ts";
import { toTransportFailure } from "../transport-failure.ts";
import { SendWindow } from "./send-window.ts";

/** Concurrent requests per connection, if the upstream allows as many. */
export const MAX_STREAMS = 100;
/** A longer response head is refused, as over HTTP/1.1. nghttp2 has lower limits for one field and for compressed bytes. */
const MAX_HEADER_BYTES = 256 * 1024;
const MAX_HEADER_PAIRS = 10_000;
/** More than the largest request head that the listener can accept; nghttp2's own limit is 64 KiB. */
const MAX_SENT_HEADER_BYTES = 512 * 1024;
/**
 * Malformed responses and empty DATA frames on one connection, after which Node closes it. Its own limit of 1,000 would end the
 * requests of others on a connection that lives for days. A single response is bounded by its timeouts.
 */
const MAX_INVALID_FRAMES = 1_000_000;
/**
 * Flow-control windows: how far a response, and all responses of a connection, can be ahead of their readers. When a response
 * ends exactly where the window of its stream does, Node's servers reset the stream instead of ending it. Sizes of responses are
 * often multiples of a power of two; the window is a prime number, so that they do not meet.
 */
const STREAM_WINDOW_BYTES = 266_003;
const SESSION_WINDOW_BYTES = 4 * 1024 * 1024;
/** Id of the first request on a connection (RFC 9113 §5.1.1). */
const FIRST_STREAM = 1;
/** Idle timeout of a connection without requests. */
const IDLE_MS = 60_000;

const SESSION_OPTIONS = {
  settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES, maxHeaderListSize: MAX_HEADER_BYTES },
  maxHeaderListPairs: MAX_HEADER_PAIRS,
  maxSendHeaderBlockLength: MAX_SENT_HEADER_BYTES,
  maxSessionInvalidFrames: MAX_INVALID_FRAMES,
  peerMaxConcurrentStreams: MAX_STREAMS,
  // A field that the client sends twice is forwarded twice.
  strictSingleValueFields: false,
};

/** The pool that owns a connection. */
export interface ConnectionOwner {
  /** The connection is open, or the upstream has announced its limit of streams. */
  connectionChanged(connection: Http2Connection): void;
  /** @param failure why the connection closed */
  connectionClosed(connection: Http2Connection, failure: TransportFailure): void;
}

export interface Http2ConnectionOptions {
  readonly url: URL;
  readonly connectTimeoutMs: number;
  readonly tls: TlsOptions;
  readonly owner: ConnectionOwner;
  /** One request does not wait for the upstream's limit of streams. */
  readonly startsEarly: boolean;
}

/** A connection to an upstream, and how many streams it can carry. */
export class Http2Connection {
  readonly session: ClientHttp2Session;
  readonly sendWindow: SendWindow;
  /** The upstream has accepted the connection, and speaks HTTP/2 if it said so. */
  isOpen = false;
  /** Open streams. */
  streams = 0;
  /** Concurrent streams that the upstream allows; null until its SETTINGS arrive. */
  announcedLimit: number | null = null;
  /** RFC 9113 §6.8: the upstream has not processed streams with a higher id. */
  lastStreamId = Infinity;
  readonly #owner: ConnectionOwner;
  readonly #startsEarly: boolean;
  readonly #socket: Socket;
  #isRetired = false;

  /** Starts to connect. */
  constructor({ url, connectTimeoutMs, tls, owner, startsEarly }: Http2ConnectionOptions) {
    this.#owner = owner;
    this.#startsEarly = startsEarly;
    this.#socket = dial(url, tls);
    trackSocket(this.#socket);
    const session = connect(url, { ...SESSION_OPTIONS, createConnection: () => this.#socket });
    this.session = session;
    this.sendWindow = new SendWindow(session);
    let failure: Error = Object.assign(new Error("the upstream closed the connection"), { code: "ECONNRESET" });
    const timer = setTimeout(() => {
      const message = `not connected after ${connectTimeoutMs} ms`;
      session.destroy(Object.assign(new Error(message), { code: "ETIMEDOUT" }));
    }, connectTimeoutMs);
    session
      .on("error", (error: Error) => (failure = error))
      .once("connect", () => {
        clearTimeout(timer);
        if (!session.destroyed) this.#opened();
      })
      .on("remoteSettings", ({ maxConcurrentStreams }) => this.#limitStreams(maxConcurrentStreams ?? MAX_STREAMS))
      .on("goaway", (_code, lastStreamId: number) => (this.lastStreamId = lastStreamId))
      .once("close", () => {
        clearTimeout(timer);
        owner.connectionClosed(this, toTransportFailure(failure));
      })
      .setTimeout(IDLE_MS, () => this.streams === 0 && session.close());
  }

  /** No further stream can be opened; open ones can still end. */
  get isClosing(): boolean {
    return this.#isRetired || this.session.closed || this.session.destroyed;
  }

  /** Notes that a stream has been closed. */
  streamClosed(): void {
    this.streams -= 1;
    if (this.#isRetired) this.retire();
  }

  /**
   * Opens no further streams, and closes the connection when the open ones have ended. `close` would send a GOAWAY at once, at which
   * Tomcat ends them all.
   */
  retire(): void {
    this.#isRetired = true;
    if (this.streams === 0) this.session.close();
  }

  /** See `Capture.address`. */
  get address(): string | undefined {
    return remoteAddress(this.#socket);
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  /** Streams that can be opened now. */
  get freeStreams(): number {
    if (!this.isOpen || this.isClosing) return 0;
    return (this.announcedLimit ?? Number(this.#startsEarly)) - this.streams;
  }

  /**
   * Whether the upstream has provably not processed a stream (RFC 9113 §8.7): it was refused, or its id is above the last one of
   * a GOAWAY.
   */
  hasRefused({ rstCode, id = 0 }: ClientHttp2Stream): boolean {
    return rstCode === constants.NGHTTP2_REFUSED_STREAM || id > this.lastStreamId;
  }

  /**
   * Whether the upstream closed the connection, which was open before, just as the request of a stream was written to it.
   * @param receivedBefore bytes that the connection had received before this request
   */
  wasStale({ id = FIRST_STREAM }: ClientHttp2Stream, receivedBefore: number): boolean {
    return id > FIRST_STREAM && this.session.destroyed && this.bytesReceived === receivedBefore;
  }

  #opened(): void {
    const { session } = this;
    if (session.encrypted === true && session.alpnProtocol !== "h2") {
      return session.destroy(Object.assign(new Error("the upstream does not speak HTTP/2"), { code: "ERR_TLS_ALPN" }));
    }
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    this.isOpen = true;
    return this.#owner.connectionChanged(this);
  }

  #limitStreams(limit: number): void {
    const isWithdrawn = limit === 0 && (this.announcedLimit ?? 0) > 0;
    this.announcedLimit = Math.min(limit, MAX_STREAMS);
    // An upstream that allowed streams and now allows none wants this connection to end.
    if (isWithdrawn) this.retire();
    this.#owner.connectionChanged(this);
  }
}

function dial({ protocol, hostname, port }: URL, tls: TlsOptions): Socket {
  const host = hostname.replaceAll(/[[\]]/g, "");
  if (protocol === "http:") return connectTcp({ host, port: Number(port || 80), noDelay: true });
  return connectTls({ ...tls, host, port: Number(port || 443), ALPNProtocols: ["h2"] });
}
