import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { ResponseParser, type ResponseSink } from "../../http/http1/response-parser.ts";
import type { RawHeaders, TransportFailure } from "../../model/capture.ts";
import { toTransportFailure } from "../transport-failure.ts";
import type { Http1Leg, LegCarrier } from "./http1-leg.ts";
import { idleTimeout, UNUSED_IDLE_TIMEOUT_MS } from "./idle-timeout.ts";
import { RequestUpload } from "./request-upload.ts";

/** All connections of a thread read into this buffer. Code that keeps a part of it copies that part before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
/** A body up to this size is copied behind its head and written together with it. */
const MAX_JOINED_BODY_BYTES = 64 * 1024;
const KEEP_ALIVE_PROBES_AFTER_MS = 60_000;

const CLOSED: TransportFailure = { kind: "reset", detail: "the upstream closed the connection" };

/** The pool that owns a connection. */
export interface ConnectionOwner {
  /** The connection can carry the next request. */
  connectionFreed(connection: Http1Connection): void;
  connectionClosed(connection: Http1Connection): void;
  /** Sends the request of this leg again, on another connection. */
  retry(leg: Http1Leg): void;
}

/** A connection to an upstream, which carries one request at a time. */
export class Http1Connection implements ResponseSink, LegCarrier {
  isClosed = false;
  /** When the connection expires unless it is used, in the time of `performance.now()`. */
  idleUntil = 0;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #parser = new ResponseParser(this);
  readonly #began = performance.now();
  /** The socket is read as a Node stream, because it can become a tunnel. */
  readonly #isStream: boolean;
  #isOpen = false;
  /** A new request must wait for `endQuarantine`. */
  #isQuarantined = false;
  #leg: Http1Leg | null;
  /** The connection was open before the current leg. */
  #isReused = false;
  /** Bytes of a response to the current leg have arrived. */
  #hasResponse = false;
  #switched: { readonly reason: string; readonly fields: RawHeaders } | null = null;

  /** @param leg to carry once the connection is open; null to open it ahead */
  constructor(address: TcpNetConnectOpts, leg: Http1Leg | null, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#leg = leg;
    leg?.setCarrier(this);
    const options = { ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBES_AFTER_MS };
    this.#isStream = leg?.canSwitch === true;
    this.#socket = this.#isStream ? connect(options).on("readable", this.#onReadable) : this.#connectLean(options);
    this.#socket
      .once("connect", () => this.#onConnect())
      .on("error", this.#onError)
      .on("end", this.#onEnd)
      .on("close", this.#onEnd);
  }

  /** Sends the request of this leg. The connection must be open and free. */
  carry(leg: Http1Leg): void {
    this.#leg = leg;
    leg.setCarrier(this);
    if (!this.#isQuarantined) this.#send(leg, null);
  }

  /** Sends the request that has waited, if there is one. */
  endQuarantine(): void {
    this.#isQuarantined = false;
    if (this.#leg !== null) this.#send(this.#leg, null);
  }

  pause(): void {
    if (!this.#isStream) this.#socket.pause();
  }

  resume(): void {
    if (this.#isStream) this.#onReadable();
    else this.#socket.resume();
  }

  drop(): void {
    this.#leg = null;
    this.#close();
  }

  /** Closes the connection and fails its leg. */
  fail(failure: TransportFailure): void {
    const leg = this.#leg;
    this.drop();
    leg?.fail(failure);
  }

  /** Enforces the timeouts of the connection and of its leg; called by the client's sweep. */
  checkTimeouts(now: number, connectTimeoutMs: number): void {
    if (!this.#isOpen && now - this.#began > connectTimeoutMs) {
      return this.fail({ kind: "timeout", detail: `not connected after ${connectTimeoutMs} ms` });
    }
    if (this.#leg !== null) return this.#leg.checkTimeouts(now);
    if (this.#isOpen && now > this.idleUntil) this.#close();
  }

  head(status: number, reason: string, fields: RawHeaders): void {
    this.#leg?.responseHead(status, reason, fields);
  }

  body(piece: Buffer): void {
    this.#leg?.responseBody(piece);
  }

  end(trailers: RawHeaders): void {
    const leg = this.#leg as Http1Leg;
    this.#leg = null;
    const isReusable = this.#parser.isReusable && leg.isSent && this.#socket.writableLength === 0 && !leg.canSwitch;
    if (isReusable && this.#extendIdleTime(this.#parser.keepAliveMs)) {
      if (leg.isPaused) this.#socket.resume();
      this.#release();
    } else this.#close();
    leg.responseEnd(trailers);
  }

  switched(reason: string, fields: RawHeaders): void {
    this.#switched = { reason, fields };
  }

  malformed(detail: string): void {
    this.fail({ kind: "protocol", detail });
  }

  /** Bypasses Node's readable stream, which costs more than the parser. */
  #connectLean(options: TcpNetConnectOpts): Socket {
    const callback = (bytes: number): boolean => {
      this.#receive(READ_BUFFER, bytes);
      return true;
    };
    return connect({ ...options, onread: { buffer: READ_BUFFER, callback } });
  }

  #onConnect(): void {
    if (this.isClosed) return;
    this.#isOpen = true;
    const leg = this.#leg;
    if (leg !== null) return this.#send(leg, performance.now() - this.#began);
    this.idleUntil = performance.now() + UNUSED_IDLE_TIMEOUT_MS;
    return this.#release();
  }

  #release(): void {
    this.#isQuarantined = true;
    this.#owner.connectionFreed(this);
  }

  #send(leg: Http1Leg, connectMs: number | null): void {
    this.#isReused = connectMs === null;
    this.#hasResponse = false;
    this.#parser.begin(leg.request.method === "HEAD", leg.canSwitch);
    if (!leg.start(connectMs)) return;
    if (leg.isPaused) this.pause();
    const { head } = leg;
    const { body, trailers } = leg.request;
    if (body === null) this.#socket.write(head.text, "latin1");
    else if (Buffer.isBuffer(body)) this.#writeWithBody(head.text, body);
    else return leg.setUpload(new RequestUpload({ body, head, trailers, socket: this.#socket, owner: leg }));
    return leg.bodySent();
  }

  #writeWithBody(head: string, body: Buffer): void {
    if (body.length > MAX_JOINED_BODY_BYTES) {
      this.#socket.cork();
      this.#socket.write(head, "latin1");
      this.#socket.write(body);
      return this.#socket.uncork();
    }
    const joined = Buffer.allocUnsafe(head.length + body.length);
    joined.write(head, "latin1");
    body.copy(joined, head.length);
    this.#socket.write(joined);
    return undefined;
  }

  #receive(bytes: Buffer, end: number): void {
    // Bytes before a request was sent must not become the response to a later one.
    if (this.#leg === null || this.#isQuarantined) return this.#onLost(CLOSED);
    this.#hasResponse = true;
    const used = this.#parser.read(bytes, end);
    if (this.#switched !== null) return this.#handOver(bytes.subarray(used, end));
    if (used < end) this.#close();
    return undefined;
  }

  readonly #onReadable = (): void => {
    while (this.#leg !== null && !this.#leg.isPaused) {
      const bytes = this.#socket.read() as Buffer | null;
      if (bytes === null) return;
      this.#receive(bytes, bytes.length);
    }
  };

  #handOver(rest: Buffer): void {
    const { reason, fields } = this.#switched as { readonly reason: string; readonly fields: RawHeaders };
    const leg = this.#leg as Http1Leg;
    const socket = this.#socket;
    this.#leg = null;
    this.isClosed = true;
    this.#owner.connectionClosed(this);
    socket.off("readable", this.#onReadable).off("error", this.#onError).off("end", this.#onEnd);
    socket.off("close", this.#onEnd);
    if (rest.length > 0) socket.unshift(rest);
    leg.switched(reason, fields, socket);
  }

  readonly #onError = (error: Error): void => this.#onLost(toTransportFailure(error, this.#hasResponse));

  readonly #onEnd = (): void => {
    if (this.#leg !== null && this.#parser.finish()) return;
    this.#onLost(CLOSED);
  };

  #onLost(failure: TransportFailure): void {
    const leg = this.#leg;
    const isUnsent = this.#isQuarantined;
    const isStale = this.#isReused && !this.#hasResponse && failure.kind === "reset";
    this.drop();
    if (leg === null) return;
    if (isUnsent || (isStale && leg.retryOnStaleConnection())) this.#owner.retry(leg);
    else leg.fail(failure);
  }

  /** @param announcedMs the upstream's own idle timeout, or -1 @returns false when the connection would expire at once */
  #extendIdleTime(announcedMs: number): boolean {
    const ms = idleTimeout(announcedMs);
    this.idleUntil = performance.now() + ms;
    return ms > 0;
  }

  #close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#parser.stop();
    this.#socket.destroy();
    this.#owner.connectionClosed(this);
  }
}
