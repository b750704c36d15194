import { type ClientHttp2Stream, constants } from "node:http2";
import { cancelStream } from "../../http/http2/cancel-stream.ts";
import { onEndStream } from "../../http/http2/end-stream.ts";
import { http2RequestHead, toHttp2Trailers, withoutPseudoHeaders } from "../../http/http2/http2-fields.ts";
import { STATUS_CODES } from "../../http/node-http.ts";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest } from "../leg.ts";
import { LegClock } from "../leg-clock.ts";
import { isRetryableOnStaleConnection } from "../stale-connection-retry.ts";
import { toTransportFailure } from "../transport-failure.ts";
import type { UpstreamHealth } from "../upstream-health.ts";
import { contentLength, hasCompleteContent } from "./complete-content.ts";
import { cancelUpload } from "./early-response.ts";
import type { Http2Connection } from "./http2-connection.ts";
import { Http2Upload, type ReplayMemory, type UploadOwner } from "./http2-upload.ts";
import { StreamResetError } from "./stream-reset-error.ts";

const NO_FIELDS: RawHeaders = [];
/** Streams on which a request is tried. An upstream that ends its connections often can refuse many of them. */
const MAX_ATTEMPTS = 100;
/** Frame type (RFC 9113 §6.2). */
const HEADERS = 1;
const CONTINUE = 100;
/** Beyond that, interim responses are ignored and no longer prolong the wait, as over HTTP/1.1. */
const MAX_INTERIM_BYTES = 1024 * 1024;

/**
 * What a leg without a stream waits for: a connection, the first SETTINGS of an upstream that has accepted the connection, or
 * one of the streams that it allows.
 */
export type UpstreamState = "connecting" | "silent" | "full";

/** The pool that assigns streams to legs. */
export interface LegOwner {
  readonly replayMemory: ReplayMemory;
  readonly health: UpstreamHealth | null;
  /** The stream of a leg is closed, or could not be opened. */
  streamClosed(connection: Http2Connection, wasAccepted: boolean): void;
  /** The upstream has not processed the request of this leg, which needs another stream or fails. */
  streamRefused(leg: Http2Leg, connection: Http2Connection, failure: TransportFailure): void;
  /** The upstream closed the connection before it sent anything for this leg, which is sent again. */
  connectionLost(leg: Http2Leg): void;
  /** Called after the others: another leg can have the stream. */
  streamFreed(): void;
  legEnded(leg: Http2Leg): void;
}

/** A leg on a stream of HTTP/2. */
export class Http2Leg implements Leg, UploadOwner {
  /** How often the request was refused without a reason to be seen. */
  unexplainedRefusals = 0;
  /** The leg had to wait for a connection or a stream. */
  hasWaited = false;
  readonly request: LegRequest;
  readonly #handler: ResponseHandler;
  readonly #clock: LegClock;
  readonly #timeouts: LegTimeouts;
  readonly #owner: LegOwner;
  readonly #upload: Http2Upload | null = null;
  #stream: ClientHttp2Stream | null = null;
  #attempts = 0;
  #wasRetriedOnStale = false;
  /** Bytes that the connection had received before this request. */
  #receivedBefore = 0;
  #status = 0;
  #fields = NO_FIELDS;
  #contentBytes = 0;
  #trailers = NO_FIELDS;
  #interimBytes = 0;
  /** A response head, or an interim one, has arrived. */
  #hasResponse = false;
  /** The end of the response has arrived. */
  #isWhole = false;

  constructor(request: LegRequest, timeouts: LegTimeouts, handler: ResponseHandler, owner: LegOwner) {
    this.request = request;
    this.#handler = handler;
    this.#clock = new LegClock(timeouts);
    this.#timeouts = timeouts;
    this.#owner = owner;
    const { body, headers, trailers } = request;
    if (body === null || Buffer.isBuffer(body)) return;
    const canHaveTrailers = trailers !== undefined;
    this.#upload = new Http2Upload(body, contentLength(headers), canHaveTrailers, owner.replayMemory, this);
  }

  /** The leg has ended; it can have been aborted before it had a stream. */
  get isOver(): boolean {
    return this.#clock.phase === "over";
  }

  pause(): void {
    this.#clock.isPaused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#clock.isPaused = false;
    this.#clock.recordProgress();
    this.#stream?.resume();
  }

  setDeadline(ms: number): void {
    this.#clock.setDeadline(ms);
  }

  abort(): void {
    if (!this.isOver) this.#close(false);
  }

  fail(failure: TransportFailure): void {
    if (this.isOver) return;
    this.#close(false);
    this.#handler.fail(this.#owner.health?.requestFailed(failure) ?? failure);
  }

  /** Fails the leg if one of its timeouts has passed; called by the client's sweep. */
  checkTimeouts(now: number, upstream: UpstreamState): void {
    const isWaiting = this.#clock.phase === "connecting";
    const failure =
      this.#clock.checkTimeouts(now, this.#upload?.isBlocked === true) ??
      (isWaiting && upstream !== "connecting" ? this.#checkWait() : null);
    if (failure === null) return undefined;
    // A connection that cannot be opened is a failure of the upstream; a limit of streams is not.
    const notProcessed = isWaiting && (upstream === "full" || this.#attempts > 0);
    return this.fail(notProcessed ? { ...failure, notProcessed } : failure);
  }

  /** Sends the request on a connection that has a free stream. */
  start(connection: Http2Connection): void {
    const { session } = connection;
    const { method, target, headers, body, trailers } = this.request;
    this.#attempts += 1;
    this.#clock.enter("sending");
    this.#handler.start(this.hasWaited ? this.#clock.ageMs : null, connection.address);
    if (this.isOver) return this.#owner.streamClosed(connection, false);
    const scheme = session.encrypted === true ? "https" : "http";
    try {
      this.#stream = session.request(http2RequestHead({ method, scheme, target }, headers), {
        endStream: body === null,
        waitForTrailers: trailers !== undefined && this.#upload !== null,
      });
    } catch (error) {
      this.#owner.streamClosed(connection, false);
      return this.fail({ kind: "internal", detail: (error as Error).message });
    }
    this.#receivedBefore = connection.bytesReceived;
    this.#listen(this.#stream, connection);
    if (body !== null) connection.sendWindow.addUpload(this.#stream);
    if (this.#upload !== null) this.#upload.attach(this.#stream);
    else {
      if (body !== null) this.#stream.end(body);
      this.#clock.enter("waiting");
    }
    if (this.#clock.isPaused) this.#stream.pause();
    return undefined;
  }

  bodyProgressed(): void {
    this.#clock.recordProgress();
  }

  bodySent(): void {
    if (this.#clock.phase === "sending") this.#clock.enter("waiting");
  }

  bodyFailed(): void {
    this.fail({ kind: "internal", detail: "the request body failed" });
  }

  #listen(stream: ClientHttp2Stream, connection: Http2Connection): void {
    let failure: Error | undefined;
    let isUnsent = false;
    onEndStream(stream, () => (this.#isWhole = true));
    stream
      .on("headers", (headers, _flags, raw: string[]) => this.#interim(headers[":status"] ?? 0, raw))
      .on("response", (headers, flags, raw: string[]) => this.#head(headers[":status"] ?? 0, flags, raw))
      .on("trailers", (_headers, _flags, raw: string[]) => (this.#trailers = raw))
      .on("data", (chunk: Buffer) => this.#data(chunk))
      .on("wantTrailers", () => this.#sendTrailers(stream))
      // A reset also ends the readable side; the close that follows handles it.
      .on("end", () => this.#isWhole && this.#end())
      .on("error", (error: Error) => (failure = error))
      .on("frameError", (type: number) => (isUnsent = type === HEADERS && stream.sentTrailers === undefined))
      .on("close", () => {
        this.#owner.streamClosed(connection, this.#hasResponse);
        if (!this.isOver) this.#closed(stream, connection, failure ?? new StreamResetError(stream.rstCode), isUnsent);
        this.#owner.streamFreed();
      });
  }

  #closed(stream: ClientHttp2Stream, connection: Http2Connection, cause: Error, isUnsent: boolean): void {
    const isWhole = this.#isWhole || this.#isWholeWithoutEnd(stream, connection);
    // A reset after the end of the response ends the upload only (RFC 9113 §8.1).
    if (this.#clock.phase === "receiving" && isWhole && stream.readableLength === 0) return this.#end();
    const failure = toTransportFailure(cause);
    if (this.#hasResponse) return this.fail(failure);
    const isOutOfIds = "code" in cause && cause.code === "ERR_HTTP2_OUT_OF_STREAMS";
    if (isOutOfIds) connection.retire();
    if (isUnsent || isOutOfIds || connection.hasRefused(stream)) {
      return this.#refused(connection, { ...failure, notProcessed: true });
    }
    const canRetry = !this.#wasRetriedOnStale && isRetryableOnStaleConnection(this.request);
    if (!canRetry || !connection.wasStale(stream, this.#receivedBefore)) return this.fail(failure);
    this.#wasRetriedOnStale = true;
    this.#leaveStream();
    return this.#owner.connectionLost(this);
  }

  /** The upstream has reset the stream without an error and without END_STREAM, but nothing is missing. */
  #isWholeWithoutEnd({ rstCode }: ClientHttp2Stream, { session }: Http2Connection): boolean {
    const isClean = rstCode === constants.NGHTTP2_NO_ERROR && !session.destroyed;
    return isClean && hasCompleteContent(this.request.method, this.#status, this.#fields, this.#contentBytes);
  }

  #refused(connection: Http2Connection, failure: TransportFailure): void {
    if (this.#attempts >= MAX_ATTEMPTS || this.#upload?.isRepeatable === false) return this.fail(failure);
    this.#leaveStream();
    return this.#owner.streamRefused(this, connection, failure);
  }

  #leaveStream(): void {
    this.#stream = null;
    this.#upload?.detach();
    this.#clock.enter("connecting");
  }

  /** The wait for a stream has the limit of the wait for a response head. */
  #checkWait(): TransportFailure | null {
    const { headMs } = this.#timeouts;
    return this.#clock.ageMs > headMs ? { kind: "timeout", detail: `no free stream for ${headMs} ms` } : null;
  }

  #sendTrailers(stream: ClientHttp2Stream): void {
    try {
      stream.sendTrailers(toHttp2Trailers(this.request.trailers?.() ?? NO_FIELDS));
    } catch (error) {
      this.fail({ kind: "internal", detail: (error as Error).message });
    }
  }

  #interim(status: number, raw: RawHeaders): void {
    if (this.isOver || this.#clock.phase === "receiving") return;
    this.#accepted();
    this.#interimBytes += raw.reduce((sum, text) => sum + text.length, 0);
    if (this.#interimBytes > MAX_INTERIM_BYTES) return;
    this.#clock.recordProgress();
    if (status > CONTINUE) this.#handler.interim(status, withoutPseudoHeaders(raw));
  }

  #head(status: number, flags: number, raw: RawHeaders): void {
    if (this.isOver) return;
    this.#accepted();
    this.#clock.enter("receiving");
    this.#status = status;
    this.#fields = withoutPseudoHeaders(raw);
    // HTTP/2 has no reason phrase; an HTTP/1.1 client gets the standard one.
    this.#handler.head(status, STATUS_CODES[status] ?? "", this.#fields);
    // Head and end together, as received: gRPC clients read such a head as trailers.
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) this.#end();
  }

  #accepted(): void {
    if (this.#hasResponse) return;
    this.#hasResponse = true;
    this.#owner.health?.responded();
    this.#upload?.release();
  }

  #data(chunk: Buffer): void {
    if (this.isOver) return;
    this.#clock.recordProgress();
    countStreamedBytes(chunk.length);
    this.#contentBytes += chunk.length;
    this.#handler.data(chunk);
  }

  #end(): void {
    if (this.#clock.phase !== "receiving") return;
    this.#close(true);
    this.#handler.end(this.#trailers);
  }

  #close(isComplete: boolean): void {
    this.#clock.enter("over");
    this.#owner.legEnded(this);
    this.#upload?.stop();
    const stream = this.#stream;
    if (stream === null) return;
    // Unread data must not occupy the window of the connection.
    stream.resume();
    if (!isComplete) cancelStream(stream);
    else if (stream.writableFinished) stream.close();
    else cancelUpload(stream);
  }
}
