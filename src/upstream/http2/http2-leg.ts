import { type ClientHttp2Session, type ClientHttp2Stream, constants } from "node:http2";
import type { Readable } from "node:stream";
import { http2RequestHead, toHttp2Trailers, withoutPseudoHeaders } from "../../http/http2/http2-fields.ts";
import { STATUS_CODES } from "../../http/node-http.ts";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest } from "../leg.ts";
import { LegClock } from "../leg-clock.ts";
import { toTransportFailure } from "../transport-failure.ts";

const NO_FIELDS: RawHeaders = [];
/** Connections on which a request is tried when the upstream is closing each of them. */
const MAX_ATTEMPTS = 5;

/** A leg on a stream of HTTP/2. */
export class Http2Leg implements Leg {
  readonly #request: LegRequest;
  readonly #handler: ResponseHandler;
  readonly #clock: LegClock;
  readonly #body: Readable | null;
  /** Legs whose timeouts the client checks. */
  readonly #watched: Set<Http2Leg>;
  /** Assigns the leg to another connection. */
  readonly #retry: (leg: Http2Leg) => void;
  #stream: ClientHttp2Stream | null = null;
  #trailers = NO_FIELDS;
  #attempts = 0;

  constructor(
    request: LegRequest,
    timeouts: LegTimeouts,
    handler: ResponseHandler,
    watched: Set<Http2Leg>,
    retry: (leg: Http2Leg) => void,
  ) {
    this.#request = request;
    this.#handler = handler;
    this.#clock = new LegClock(timeouts);
    this.#body = request.body === null || Buffer.isBuffer(request.body) ? null : request.body;
    this.#watched = watched;
    this.#retry = retry;
    watched.add(this);
  }

  /** The leg has ended; it can have been aborted before it had a connection. */
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
    if (!this.isOver) this.#close(constants.NGHTTP2_CANCEL);
  }

  fail(failure: TransportFailure): void {
    if (this.isOver) return;
    this.#close(constants.NGHTTP2_CANCEL);
    this.#handler.fail(failure);
  }

  /** Fails the leg if one of its timeouts has passed; called by the client's sweep. */
  checkTimeouts(now: number): void {
    const failure = this.#clock.checkTimeouts(now, this.#body?.isPaused() === true);
    if (failure !== null) this.fail(failure);
  }

  /**
   * Sends the request on a connection that is open.
   * @param isNew the connection was opened for this leg
   * @param closed called when the stream is closed or could not be opened
   */
  start(session: ClientHttp2Session, isNew: boolean, closed: () => void): void {
    const { method, target, headers, body } = this.#request;
    const scheme = session.encrypted === true ? "https" : "http";
    this.#attempts += 1;
    this.#clock.enter("sending");
    this.#handler.start(isNew ? this.#clock.ageMs : null);
    try {
      this.#stream = session.request(http2RequestHead({ method, scheme, target }, headers), {
        endStream: body === null,
        waitForTrailers: this.#request.trailers !== undefined && this.#body !== null,
      });
    } catch (error) {
      closed();
      return this.fail({ kind: "internal", detail: (error as Error).message });
    }
    this.#stream.once("close", closed);
    this.#listen(this.#stream);
    this.#sendBody(this.#stream, body);
    if (this.#clock.isPaused) this.#stream.pause();
  }

  #listen(stream: ClientHttp2Stream): void {
    let failure: Error | undefined;
    stream
      .on("response", (headers, flags, raw: string[]) => this.#head(headers[":status"] ?? 0, flags, raw))
      .on("trailers", (_headers, _flags, raw: string[]) => (this.#trailers = raw))
      .on("data", (chunk: Buffer) => this.#data(chunk))
      .on("wantTrailers", () => this.#sendTrailers(stream))
      // A reset also ends the stream; the close that follows handles it.
      .on("end", () => (stream.rstCode || constants.NGHTTP2_NO_ERROR) === constants.NGHTTP2_NO_ERROR && this.#end())
      .on("error", (error: Error) => (failure = error))
      .on("close", () => {
        if (this.#wasNotProcessed(stream)) return this.#retry(this);
        const cause = failure ?? new StreamResetError(stream.rstCode);
        this.fail(toTransportFailure(cause, this.#clock.phase === "receiving"));
      });
  }

  /**
   * RFC 9113 §8.7: an upstream that closes its connection refuses the streams that it has not processed, and any request can
   * be repeated then, unless its body has begun to stream.
   */
  #wasNotProcessed(stream: ClientHttp2Stream): boolean {
    return (
      stream.rstCode === constants.NGHTTP2_REFUSED_STREAM &&
      !this.isOver &&
      this.#clock.phase !== "receiving" &&
      this.#body === null &&
      this.#attempts < MAX_ATTEMPTS
    );
  }

  #sendBody(stream: ClientHttp2Stream, body: LegRequest["body"]): void {
    if (this.#body === null) {
      if (body !== null) stream.end(body);
      return this.#clock.enter("waiting");
    }
    this.#body.on("data", () => this.#clock.recordProgress());
    this.#body.once("end", () => this.#clock.phase === "sending" && this.#clock.enter("waiting"));
    this.#body.once("error", () => this.fail({ kind: "internal", detail: "the request body failed" }));
    this.#body.pipe(stream);
  }

  #sendTrailers(stream: ClientHttp2Stream): void {
    try {
      stream.sendTrailers(toHttp2Trailers(this.#request.trailers?.() ?? NO_FIELDS));
    } catch (error) {
      this.fail({ kind: "internal", detail: (error as Error).message });
    }
  }

  #head(status: number, flags: number, raw: RawHeaders): void {
    if (this.isOver) return;
    this.#clock.enter("receiving");
    // HTTP/2 has no reason phrase; an HTTP/1.1 client gets the standard one.
    this.#handler.head(status, STATUS_CODES[status] ?? "", withoutPseudoHeaders(raw));
    // Head and end together, as received: gRPC clients read such a head as trailers.
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) this.#end();
  }

  #data(chunk: Buffer): void {
    if (this.isOver) return;
    this.#clock.recordProgress();
    countStreamedBytes(chunk.length);
    this.#handler.data(chunk);
  }

  #end(): void {
    if (this.#clock.phase !== "receiving") return;
    this.#close(constants.NGHTTP2_NO_ERROR);
    this.#handler.end(this.#trailers);
  }

  #close(code: number): void {
    this.#clock.enter("over");
    this.#watched.delete(this);
    this.#body?.destroy();
    if (this.#stream === null) return;
    // Unread data must not occupy the window of the connection.
    this.#stream.resume();
    this.#stream.close(code);
  }
}

/** The upstream reset the stream or closed the connection. */
class StreamResetError extends Error {
  readonly code = "ERR_HTTP2_STREAM_ERROR";

  constructor(code: number) {
    super(`stream closed with code ${code}`);
  }
}
