import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import type { RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { Http1Leg } from "./http1-leg.ts";
import { ResponseParser, type ResponseSink } from "../../http/http1/response-parser.ts";
import { RequestUpload } from "./request-upload.ts";
import { toTransportFailure } from "../transport-failure.ts";

/** All connections of a thread read into the same memory: whoever keeps something of a read copies it before the next one. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
/** A body up to this is copied behind its head, to be written at once with it. */
const MAX_JOINED_BODY_BYTES = 64 * 1024;
/** A connection without requests is closed after this, if the upstream does not say how long it keeps it. */
const IDLE_MS = 4_000;
/** One that was opened before anybody needed it: many servers close a connection on which no request comes after 20 s. */
const UNUSED_IDLE_MS = 15_000;
/** We close before the upstream does: its close may cross our next request. */
const IDLE_MARGIN_MS = 2_000;
const LONGEST_IDLE_MS = 600_000;
const KEEP_ALIVE_PROBES_AFTER_MS = 60_000;

const CLOSED: TransportFailure = { kind: "reset", detail: "the upstream closed the connection" };

/** The pool that a connection belongs to. */
export interface ConnectionOwner {
  /** It may carry the next request. */
  free(connection: Http1Connection): void;
  /** It is of no more use. */
  closed(connection: Http1Connection): void;
  /** Another connection is to carry this leg. */
  sendAgain(leg: Http1Leg): void;
}

/** One connection to an upstream, which carries one request at a time. */
export class Http1Connection implements ResponseSink {
  isClosed = false;
  /** When it will have been idle for too long, as `performance.now()` counts. */
  idleUntil = 0;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #parser = new ResponseParser(this);
  readonly #began = performance.now();
  /** It is read in Node's own way, with a buffer for each read: the socket may become somebody else's. */
  readonly #isStream: boolean;
  #isOpen = false;
  /** A request that comes now has to wait for `rested`. */
  #isResting = false;
  #leg: Http1Leg | null;
  /** It was open before this leg came. */
  #wasOpen = false;
  /** Something of an answer to this leg has come. */
  #answered = false;
  #switched: { readonly reason: string; readonly fields: RawHeaders } | null = null;

  /** @param leg that it is opened for; null for one that is opened ahead */
  constructor(address: TcpNetConnectOpts, leg: Http1Leg | null, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#leg = leg;
    leg?.carriedBy(this);
    const options = { ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBES_AFTER_MS };
    this.#isStream = leg?.maySwitch === true;
    this.#socket = this.#isStream ? connect(options).on("readable", this.#readable) : this.#connectLean(options);
    this.#socket
      .once("connect", () => this.#opened())
      .on("error", this.#failed)
      .on("end", this.#ended)
      .on("close", this.#ended);
  }

  /** Sends this leg's request, on a connection that is open and free. */
  carry(leg: Http1Leg): void {
    this.#leg = leg;
    leg.carriedBy(this);
    if (!this.#isResting) this.#begin(leg, null);
  }

  /** Sends the request that has waited, if one has. */
  rested(): void {
    this.#isResting = false;
    if (this.#leg !== null) this.#begin(this.#leg, null);
  }

  pause(): void {
    if (!this.#isStream) this.#socket.pause();
  }

  resume(): void {
    if (this.#isStream) this.#readable();
    else this.#socket.resume();
  }

  /** Closes it without a word to its leg. */
  drop(): void {
    this.#leg = null;
    this.#close();
  }

  /** Closes it, and its leg fails. */
  fail(failure: TransportFailure): void {
    const leg = this.#leg;
    this.drop();
    leg?.fail(failure);
  }

  /** Closes what has taken too long; called by the client's sweep. */
  checkLimits(now: number, connectTimeoutMs: number): void {
    if (!this.#isOpen && now - this.#began > connectTimeoutMs) {
      return this.fail({ kind: "timeout", detail: `not connected after ${connectTimeoutMs} ms` });
    }
    if (this.#leg !== null) return this.#leg.checkLimits(now);
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
    const isClean = this.#parser.reusable && leg.isSent && this.#socket.writableLength === 0 && !leg.maySwitch;
    if (isClean && this.#keepFor(this.#parser.framing.keepsMs)) {
      if (leg.isPaused) this.#socket.resume();
      this.#rest();
    } else this.#close();
    leg.responseEnd(trailers);
  }

  switched(reason: string, fields: RawHeaders): void {
    this.#switched = { reason, fields };
  }

  broken(detail: string): void {
    this.fail({ kind: "protocol", detail });
  }

  /** Without the machinery of streams on the way in: it costs more than the parser. */
  #connectLean(options: TcpNetConnectOpts): Socket {
    const callback = (bytes: number): boolean => {
      this.#received(READ_BUFFER, bytes);
      return true;
    };
    return connect({ ...options, onread: { buffer: READ_BUFFER, callback } });
  }

  #opened(): void {
    if (this.isClosed) return;
    this.#isOpen = true;
    const leg = this.#leg;
    if (leg !== null) return this.#begin(leg, performance.now() - this.#began);
    this.idleUntil = performance.now() + UNUSED_IDLE_MS;
    return this.#rest();
  }

  #rest(): void {
    this.#isResting = true;
    this.#owner.free(this);
  }

  #begin(leg: Http1Leg, connectMs: number | null): void {
    this.#wasOpen = connectMs === null;
    this.#answered = false;
    this.#parser.begin(leg.request.method === "HEAD", leg.maySwitch);
    if (!leg.start(connectMs)) return;
    if (leg.isPaused) this.pause();
    const { head } = leg;
    const { body, trailers } = leg.request;
    if (body === null) this.#socket.write(head.text, "latin1");
    else if (!Buffer.isBuffer(body)) return leg.uploads(new RequestUpload(body, head, trailers, this.#socket, leg));
    else this.#writeWhole(head.text, body);
    return leg.bodySent();
  }

  #writeWhole(head: string, body: Buffer): void {
    if (body.length > MAX_JOINED_BODY_BYTES) {
      this.#socket.cork();
      this.#socket.write(head, "latin1");
      this.#socket.write(body);
      return this.#socket.uncork();
    }
    const whole = Buffer.allocUnsafe(head.length + body.length);
    whole.write(head, "latin1");
    body.copy(whole, head.length);
    this.#socket.write(whole);
    return undefined;
  }

  #received(bytes: Buffer, end: number): void {
    // Nobody has asked yet: whatever this is, it must not answer a later request.
    if (this.#leg === null || this.#isResting) return this.#lost(CLOSED);
    this.#answered = true;
    const used = this.#parser.read(bytes, end);
    if (this.#switched !== null) return this.#handOver(bytes.subarray(used, end));
    if (used < end) this.#close();
    return undefined;
  }

  readonly #readable = (): void => {
    while (this.#leg !== null && !this.#leg.isPaused) {
      const bytes = this.#socket.read() as Buffer | null;
      if (bytes === null) return;
      this.#received(bytes, bytes.length);
    }
  };

  #handOver(rest: Buffer): void {
    const { reason, fields } = this.#switched as { readonly reason: string; readonly fields: RawHeaders };
    const leg = this.#leg as Http1Leg;
    const socket = this.#socket;
    this.#leg = null;
    this.isClosed = true;
    this.#owner.closed(this);
    socket.off("readable", this.#readable).off("error", this.#failed).off("end", this.#ended).off("close", this.#ended);
    if (rest.length > 0) socket.unshift(rest);
    leg.switched(reason, fields, socket);
  }

  readonly #failed = (error: Error): void => this.#lost(toTransportFailure(error, this.#answered));

  readonly #ended = (): void => {
    if (this.#leg !== null && this.#parser.finish()) return;
    this.#lost(CLOSED);
  };

  #lost(failure: TransportFailure): void {
    const leg = this.#leg;
    const isUnsent = this.#isResting;
    const isStale = this.#wasOpen && !this.#answered && failure.kind === "reset";
    this.drop();
    if (leg === null) return;
    if (isUnsent || (isStale && leg.goesAgain())) this.#owner.sendAgain(leg);
    else leg.fail(failure);
  }

  /** @param hintMs how long the upstream says that it keeps it, or -1. @returns whether that is long enough */
  #keepFor(hintMs: number): boolean {
    const ms = hintMs === -1 ? IDLE_MS : Math.min(hintMs - IDLE_MARGIN_MS, LONGEST_IDLE_MS);
    this.idleUntil = performance.now() + ms;
    return ms > 0;
  }

  #close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#parser.stop();
    this.#socket.destroy();
    this.#owner.closed(this);
  }
}
