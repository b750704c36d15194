import type { Socket } from "node:net";
import { ResponseParser, type ResponseSink } from "../../http/http1/response-parser.ts";
import type { ProtocolQuirk, RawHeaders, TransportFailure } from "../../model/capture.ts";
import { type EndOfTurnTask, waitForEndOfTurn } from "../../lib/runtime/end-of-turn.ts";
import { destroySocket } from "../../lib/runtime/descriptors.ts";
import { unreachable } from "../../lib/unreachable.ts";
import { toTransportFailure } from "../transport-failure.ts";
import { CLOSED, lossOf } from "./connection-loss.ts";
import type { ConnectionOwner } from "./connection-owner.ts";
import type { Http1Leg, LegCarrier } from "./http1-leg.ts";
import { UNUSED_IDLE_TIMEOUT_MS } from "./idle-timeout.ts";
import { RequestUpload } from "./request-upload.ts";
import type { SocketOpener } from "./socket-opener.ts";
import { type WriteFailure, WriteGuard } from "./write-guard.ts";
import { writeWithBody } from "./write-with-body.ts";

/** All connections of a thread read into this buffer. Code that keeps a part of it copies that part before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
/** How long a response is waited for after the upstream has stopped reading the request. It is usually there already. */
const RESPONSE_AFTER_WRITE_ERROR_MS = 1_000;

/** A connection to an upstream, which carries one request at a time. */
export class Http1Connection implements ResponseSink, LegCarrier, EndOfTurnTask {
  isClosed = false;
  /** When the connection expires unless it is used, in the time of `performance.now()`. */
  idleUntil = 0;
  #idleSince = 0;
  readonly #owner: ConnectionOwner<Http1Connection>;
  readonly #socket: Socket;
  /** Null until a request needs it. */
  #writes: WriteGuard | null = null;
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
  /** The response to the current leg can still come. */
  #writeFailure: WriteFailure | null = null;
  #switched: { readonly reason: string; readonly fields: RawHeaders } | null = null;

  /** @param leg to carry once the connection is open; null to open it ahead */
  constructor(opener: SocketOpener, leg: Http1Leg | null, owner: ConnectionOwner<Http1Connection>) {
    this.#owner = owner;
    this.#leg = leg;
    leg?.setCarrier(this);
    this.#isStream = leg?.canSwitch === true;
    this.#socket = opener.open(this.#isStream ? null : { buffer: READ_BUFFER, callback: this.#onRead });
    if (this.#isStream) this.#socket.on("readable", this.#onReadable);
    this.#socket
      .once(opener.openEvent, () => this.#onConnect())
      .on("error", this.#onError)
      .on("end", this.#onEnd)
      .on("close", this.#onEnd);
  }

  /** Sends the request of this leg before the turn of the event loop ends. The connection must be open and free. */
  carry(leg: Http1Leg): void {
    this.#leg = leg;
    leg.setCarrier(this);
    if (this.#isQuarantined) return;
    this.#isQuarantined = true;
    if (!waitForEndOfTurn(this)) this.endTurn();
  }

  endTurn(): void {
    if (!this.isClosed) this.endQuarantine();
  }

  /** The next request waits for `endQuarantine`. */
  beginQuarantine(): void {
    this.#isQuarantined = true;
  }

  /** Sends the request that has waited, if there is one. */
  endQuarantine(): void {
    // The upstream has responded before it read the request. TLS reports a write later than the response that it causes.
    if (this.#socket.writableLength > 0) return this.#onLost(CLOSED);
    this.#isQuarantined = false;
    return this.#leg === null ? undefined : this.#send(this.#leg, null);
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
      return this.#onLost({ kind: "timeout", detail: `not connected after ${connectTimeoutMs} ms` });
    }
    if (this.#leg !== null) return this.#checkLeg(this.#leg, now);
    if (this.#isOpen && now > this.idleUntil) this.#close("gracefully");
  }

  quirk(quirk: ProtocolQuirk): void {
    this.#leg?.responseQuirk(quirk);
  }

  interim(status: number, fields: RawHeaders): void {
    this.#leg?.responseInterim(status, fields);
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
    const isReusable = this.#parser.isReusable && leg.isSent && this.#writeFailure === null && !leg.canSwitch;
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

  #checkLeg(leg: Http1Leg, now: number): void {
    const lost = this.#hasResponse || leg.isPaused ? null : this.#writeFailure;
    if (lost !== null && now - lost.at > RESPONSE_AFTER_WRITE_ERROR_MS) this.#onLost(lost.failure);
    else leg.checkTimeouts(now);
  }

  #onConnect(): void {
    if (this.isClosed) return;
    this.#isOpen = true;
    const leg = this.#leg;
    if (leg !== null) return this.#send(leg, performance.now() - this.#began);
    this.idleUntil = performance.now() + UNUSED_IDLE_TIMEOUT_MS;
    this.#idleSince = Infinity;
    return this.#release();
  }

  #release(): void {
    this.beginQuarantine();
    this.#owner.connectionFreed(this);
  }

  #send(leg: Http1Leg, connectMs: number | null): void {
    this.#isReused = connectMs === null;
    this.#hasResponse = false;
    if (!leg.isRepeatable && !leg.canSwitch) this.#writes ??= new WriteGuard(this.#socket, this.#onWriteError);
    if (this.#writes !== null) this.#writes.hasWritten = false;
    this.#parser.begin(leg.request.method === "HEAD", leg.canSwitch);
    if (!leg.start(connectMs, this.#socket)) return;
    if (leg.isPaused) this.pause();
    const { head } = leg;
    const { body, trailers } = leg.request;
    if (body === null) this.#socket.write(head.text, "latin1");
    else if (Buffer.isBuffer(body)) writeWithBody(this.#socket, head.text, body);
    else return leg.setUpload(new RequestUpload({ body, head, trailers, socket: this.#socket, owner: leg }));
    return leg.bodySent();
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

  readonly #onRead = (bytes: number): boolean => {
    this.#receive(READ_BUFFER, bytes);
    return true;
  };

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

  readonly #onError = (error: Error): void => this.#onLost(toTransportFailure(error));

  /** RFC 9112 §9.5: the upstream may have responded before it closed the connection, so the socket is read until it ends. */
  readonly #onWriteError = (writeFailure: WriteFailure): void => {
    if (this.isClosed || this.#writeFailure !== null) return;
    if (this.#leg === null || this.#isQuarantined || this.#isUnwritten) return this.#onLost(writeFailure.failure);
    this.#writeFailure = writeFailure;
    this.#leg.uploadFailed();
  };

  readonly #onEnd = (): void => {
    const cut = this.#writeFailure?.wasReset === true ? this.#writeFailure.failure : null;
    if (cut === null && this.#leg !== null && this.#parser.finish()) return;
    if (this.#leg === null && !this.isClosed) this.#owner.idleTimeout.observe(this.#idleSince, performance.now());
    this.#onLost(cut ?? CLOSED);
  };

  #onLost(failure: TransportFailure): void {
    const leg = this.#leg;
    if (!this.#isOpen && !this.isClosed) this.#owner.connectionFailed(failure);
    if (leg === null) return this.drop();
    const loss = lossOf(failure, leg, {
      isQuarantined: this.#isQuarantined,
      isReused: this.#isReused,
      hasResponse: this.#hasResponse,
      isUnwritten: this.#isUnwritten,
      wasReset: this.#writeFailure?.wasReset === true,
    });
    this.drop();
    switch (loss) {
      case "unsent":
        return this.#owner.retry(leg);
      case "unwritten":
      case "stale":
        if (leg.retryOnStaleConnection(loss === "unwritten")) return this.#owner.retry(leg);
        this.#owner.connectionWasStale();
        return leg.fail({ ...failure, connectionClosed: true, notProcessed: loss === "unwritten" });
      case "early":
        return leg.fail({ ...failure, connectionClosed: true, notProcessed: false });
      case "failed":
        return leg.retryOpening(failure) ? this.#owner.retry(leg) : leg.fail(failure);
    }
    return unreachable(loss);
  }

  /** No byte of the current request has left, because the upstream had closed the idle connection. */
  get #isUnwritten(): boolean {
    return this.#isReused && this.#writes?.hasWritten === false;
  }

  /** @param announcedMs the upstream's own idle timeout, or -1 @returns false when the connection would expire at once */
  #extendIdleTime(announcedMs: number): boolean {
    this.#idleSince = performance.now();
    const ms = this.#owner.idleTimeout.after(announcedMs, this.#idleSince);
    this.idleUntil = this.#idleSince + ms;
    return ms > 0;
  }

  /** @param how gracefully: over TLS, the upstream is notified (RFC 8446 §6.1) */
  #close(how: "gracefully" | "at once" = "at once"): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#parser.stop();
    if (how === "gracefully") this.#socket.destroySoon();
    else destroySocket(this.#socket);
    this.#owner.connectionClosed(this);
  }
}
