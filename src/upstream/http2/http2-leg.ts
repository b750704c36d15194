import { STATUS_CODES } from "../../http/node-http.ts";
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from "node:http2";
import type { Readable } from "node:stream";
import { http2Fields } from "../../http/http2/http2-fields.ts";
import { http2Trailers } from "../../http/http2/http2-trailers.ts";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest } from "../leg.ts";
import { LegClock, OVER, RECEIVING, SENDING, WAITING } from "../leg-clock.ts";
import { toTransportFailure } from "../transport-failure.ts";

const NO_FIELDS: RawHeaders = [];
/** Connections on which a request is tried when each is being ended just then. */
const MAX_TRIES = 5;

/** One request on one stream of HTTP/2. */
export class Http2Leg implements Leg {
  readonly #request: LegRequest;
  readonly #handler: ResponseHandler;
  readonly #clock: LegClock;
  readonly #body: Readable | null;
  /** Legs whose limits are watched. */
  readonly #watched: Set<Http2Leg>;
  /** Looks for another connection. */
  readonly #sendAgain: (leg: Http2Leg) => void;
  #stream: ClientHttp2Stream | null = null;
  #trailers = NO_FIELDS;
  #tries = 0;

  constructor(
    request: LegRequest,
    limits: LegTimeouts,
    handler: ResponseHandler,
    watched: Set<Http2Leg>,
    sendAgain: (leg: Http2Leg) => void,
  ) {
    this.#request = request;
    this.#handler = handler;
    this.#clock = new LegClock(limits);
    this.#body = request.body === null || Buffer.isBuffer(request.body) ? null : request.body;
    this.#watched = watched;
    this.#sendAgain = sendAgain;
    watched.add(this);
  }

  /** Given up, or failed, before there was a connection. */
  get isOver(): boolean {
    return this.#clock.phase === OVER;
  }

  pause(): void {
    this.#clock.paused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#clock.paused = false;
    this.#clock.move();
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

  /** Fails the leg if one of its limits has passed; called by the client's sweep. */
  checkLimits(now: number): void {
    const failure = this.#clock.overdue(now, this.#body?.isPaused() === true);
    if (failure !== null) this.fail(failure);
  }

  /**
   * Sends the request on a connection that is open.
   * @param waited it had to be opened for this leg
   * @param closed the stream is gone, or never was: its place is free
   */
  start(session: ClientHttp2Session, waited: boolean, closed: () => void): void {
    const { body } = this.#request;
    this.#tries += 1;
    this.#clock.enter(SENDING);
    this.#handler.start(waited ? this.#clock.age : null);
    try {
      this.#stream = session.request(requestHead(this.#request, session), {
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
    if (this.#clock.paused) this.#stream.pause();
  }

  #listen(stream: ClientHttp2Stream): void {
    let failure: Error | undefined;
    stream
      .on("response", (headers, flags, raw: string[]) => this.#head(headers[":status"] ?? 0, flags, raw))
      .on("trailers", (_headers, _flags, raw: string[]) => (this.#trailers = raw))
      .on("data", (chunk: Buffer) => this.#data(chunk))
      .on("wantTrailers", () => this.#sendTrailers(stream))
      // A stream that is reset ends, too; the close that follows says so.
      .on("end", () => (stream.rstCode || constants.NGHTTP2_NO_ERROR) === constants.NGHTTP2_NO_ERROR && this.#end())
      .on("error", (error: Error) => (failure = error))
      .on("close", () => {
        if (this.#wasNotProcessed(stream)) return this.#sendAgain(this);
        const cause = failure ?? new StreamReset(stream.rstCode);
        this.fail(toTransportFailure(cause, this.#clock.phase === RECEIVING));
      });
  }

  /**
   * RFC 9113 §8.7: an upstream that ends its connection refuses the streams that it has not looked at, and any request may
   * be repeated then. One whose body has begun to stream is gone.
   */
  #wasNotProcessed(stream: ClientHttp2Stream): boolean {
    return (
      stream.rstCode === constants.NGHTTP2_REFUSED_STREAM &&
      !this.isOver &&
      this.#clock.phase !== RECEIVING &&
      this.#body === null &&
      this.#tries < MAX_TRIES
    );
  }

  #sendBody(stream: ClientHttp2Stream, body: LegRequest["body"]): void {
    if (this.#body === null) {
      if (body !== null) stream.end(body);
      return this.#clock.enter(WAITING);
    }
    this.#body.on("data", () => this.#clock.move());
    this.#body.once("end", () => this.#clock.phase === SENDING && this.#clock.enter(WAITING));
    this.#body.once("error", () => this.fail({ kind: "internal", detail: "the request's body failed" }));
    this.#body.pipe(stream);
  }

  #sendTrailers(stream: ClientHttp2Stream): void {
    try {
      stream.sendTrailers(http2Trailers(this.#request.trailers?.() ?? NO_FIELDS));
    } catch (error) {
      this.fail({ kind: "internal", detail: (error as Error).message });
    }
  }

  #head(status: number, flags: number, raw: RawHeaders): void {
    if (this.isOver) return;
    this.#clock.enter(RECEIVING);
    // HTTP/2 has no reason phrase; an HTTP/1.1 client gets the usual one.
    this.#handler.head(status, STATUS_CODES[status] ?? "", withoutPseudo(raw));
    // Head and end as one, as they came: for gRPC such a head is trailers.
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) this.#end();
  }

  #data(chunk: Buffer): void {
    if (this.isOver) return;
    this.#clock.move();
    countStreamedBytes(chunk.length);
    this.#handler.data(chunk);
  }

  #end(): void {
    if (this.#clock.phase !== RECEIVING) return;
    this.#close(constants.NGHTTP2_NO_ERROR);
    this.#handler.end(this.#trailers);
  }

  #close(code: number): void {
    this.#clock.enter(OVER);
    this.#watched.delete(this);
    this.#body?.destroy();
    if (this.#stream === null) return;
    // Nobody listens any more: what is left must not hold the connection's window.
    this.#stream.resume();
    this.#stream.close(code);
  }
}

/** RST_STREAM from the upstream, or the end of its connection. */
class StreamReset extends Error {
  readonly code = "ERR_HTTP2_STREAM_ERROR";

  constructor(code: number) {
    super(`stream closed with code ${code}`);
  }
}

function requestHead({ method, target, headers }: LegRequest, session: ClientHttp2Session): string[] {
  const fields: string[] = [];
  let authority = "";
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? "";
    const value = headers[index + 1] ?? "";
    // RFC 9113 §8.3.1: Host becomes :authority.
    if (name.toLowerCase() === "host") authority = value;
    else fields.push(name, value);
  }
  const scheme = session.encrypted === true ? "https" : "http";
  const pseudo = [":method", method, ":scheme", scheme, ":authority", authority, ":path", target];
  return [...pseudo, ...http2Fields(fields)];
}

function withoutPseudo(raw: RawHeaders): RawHeaders {
  return raw.filter((_, index) => raw[index - (index % 2)]?.startsWith(":") !== true);
}
