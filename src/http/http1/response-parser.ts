import type { RawHeaders } from "../../model/capture.ts";
import { BodyReader } from "./body-reader.ts";
import {
  BODY_UNTIL_CLOSE,
  CHUNKED_BODY,
  type FramingProblem,
  type MessageFraming,
  NO_LENGTH,
  readFraming,
} from "./message-framing.ts";
import { HeaderSection } from "./header-section.ts";
import { MALFORMED, NEED_MORE_BYTES } from "./header-tokenizer.ts";

/** A longer response head or trailer section is refused. */
const MAX_SECTION_BYTES = 64 * 1024;
/** Interim responses before the final one. */
const MAX_INTERIM = 20;

const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

/** Offsets of the parts of `HTTP/1.1 200 Reason`. */
const MINOR_AT = 7;
const CODE_AT = 9;
const CODE_END = 12;
const STATUS_LINE = /^HTTP\/1\.[01] [1-9]\d\d(?: |$)/;
const NO_FIELDS: RawHeaders = [];

const UNKNOWN_CODING = "the response has a transfer coding other than chunked";
const FRAMING_PROBLEMS: Readonly<Record<FramingProblem, string>> = {
  "invalid-length": "the Content-Length of the response is not a number",
  "repeated-length": "the response has more than one Content-Length",
  "repeated-coding": UNKNOWN_CODING,
  "coding-in-http10": "the response has a transfer coding, which HTTP/1.0 does not define",
  "length-and-coding": "the response has both a Content-Length and a transfer coding",
  "unknown-coding": UNKNOWN_CODING,
  "unknown-expectation": "the response has an expectation",
};

/** Receives the responses of one upstream connection. It may stop the parser in any of these calls. */
export interface ResponseSink {
  head(status: number, reason: string, fields: RawHeaders): void;
  /** Called at most once per read. The piece is valid during this call only. */
  body(piece: Buffer): void;
  end(trailers: RawHeaders): void;
  /** A 101 to a request that asked for it; the bytes that follow are not HTTP. */
  switched(reason: string, fields: RawHeaders): void;
  /** The bytes are not an HTTP response; the detail contains none of them. */
  malformed(detail: string): void;
}

type ResponseState = "head" | "body" | "stopped";

/**
 * Reads responses of HTTP/1.1 and 1.0 (RFC 9112), one after another on a connection. This parser decides where a response
 * ends, and nothing after it checks again, so it refuses everything ambiguous.
 */
export class ResponseParser {
  /** The connection can carry another request once the response has ended. */
  isReusable = false;
  /** How long the upstream keeps an idle connection, in milliseconds; -1 if it does not say. */
  keepAliveMs = -1;
  readonly #sink: ResponseSink;
  readonly #section = new HeaderSection(MAX_SECTION_BYTES);
  readonly #body: BodyReader;
  #state: ResponseState = "stopped";
  #isHeadRequest = false;
  #canSwitch = false;
  #interim = 0;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
    this.#body = new BodyReader({ sink, section: this.#section, copiesChunks: false });
  }

  /**
   * Expects the response to a new request.
   * @param isHeadRequest a response to HEAD has no body, whatever its head says
   * @param canSwitch the request asked for another protocol
   */
  begin(isHeadRequest: boolean, canSwitch: boolean): void {
    this.#isHeadRequest = isHeadRequest;
    this.#canSwitch = canSwitch;
    this.#interim = 0;
    this.#expectHead();
  }

  /** Ignores all further bytes. */
  stop(): void {
    this.#state = "stopped";
    this.#body.stop();
  }

  /** @returns how many of the bytes belong to this response; all of them while it has not ended */
  read(bytes: Buffer, end: number): number {
    let at = 0;
    while (at < end && this.#state !== "stopped") {
      at = this.#state === "head" ? this.#readHead(bytes, at, end) : this.#readBody(bytes, at, end);
    }
    return at;
  }

  /** Call this when the connection has ended. @returns false when the response is incomplete */
  finish(): boolean {
    if (this.#state !== "body" || this.#body.state !== "until-close") return false;
    this.#end(NO_FIELDS);
    return true;
  }

  #expectHead(): void {
    this.#state = "head";
    this.#section.begin("status");
  }

  #readHead(bytes: Buffer, at: number, end: number): number {
    const stop = this.#section.read(bytes, at, end);
    if (stop === NEED_MORE_BYTES) return end;
    if (stop === MALFORMED) {
      this.#fail(this.#section.problem);
      return end;
    }
    this.#acceptHead();
    return stop;
  }

  #acceptHead(): void {
    const line = this.#section.startLine;
    if (!STATUS_LINE.test(line)) return this.#fail("the status line of the response is malformed");
    const isHttp10 = line.charAt(MINOR_AT) === "0";
    const status = Number(line.slice(CODE_AT, CODE_END));
    const reason = line.slice(CODE_END + 1);
    const fields = this.#section.fields();
    const framing = readFraming("response", fields, isHttp10);
    if (framing.problem !== null) return this.#fail(FRAMING_PROBLEMS[framing.problem]);
    if (status === SWITCHING_PROTOCOLS) return this.#switch(reason, fields, framing.hasUpgrade);
    // RFC 9110 §15.2: a proxy may drop interim responses; the final one follows.
    if (status < FIRST_FINAL_STATUS) return this.#skipInterim();
    const bodyLength = this.#bodyLength(status, framing);
    this.keepAliveMs = framing.keepAliveMs;
    this.isReusable = framing.isPersistent && bodyLength !== BODY_UNTIL_CLOSE;
    this.#state = "body";
    this.#body.begin(bodyLength);
    this.#sink.head(status, reason, fields);
    return this.#body.state === "complete" ? this.#end(NO_FIELDS) : undefined;
  }

  #switch(reason: string, fields: RawHeaders, hasUpgrade: boolean): void {
    if (!this.#canSwitch) return this.#fail("the upstream switched protocols without being asked to");
    if (!hasUpgrade) return this.#fail("the upstream switched protocols without an Upgrade field");
    this.#state = "stopped";
    return this.#sink.switched(reason, fields);
  }

  #skipInterim(): void {
    this.#interim += 1;
    if (this.#interim > MAX_INTERIM) return this.#fail(`more than ${MAX_INTERIM} interim responses`);
    return this.#expectHead();
  }

  /** RFC 9112 §6.3, in its order. */
  #bodyLength(status: number, { isChunked, contentLength }: MessageFraming): number {
    if (this.#isHeadRequest || status === NO_CONTENT || status === NOT_MODIFIED) return 0;
    if (isChunked) return CHUNKED_BODY;
    return contentLength === NO_LENGTH ? BODY_UNTIL_CLOSE : contentLength;
  }

  #readBody(bytes: Buffer, at: number, end: number): number {
    const stop = this.#body.read(bytes, at, end);
    const { state, problem, trailers } = this.#body;
    if (state === "complete") this.#end(trailers);
    else if (state === "malformed") this.#fail(problem);
    return stop;
  }

  #end(trailers: RawHeaders): void {
    this.#state = "stopped";
    this.#sink.end(trailers);
  }

  #fail(detail: string): void {
    this.#state = "stopped";
    this.#sink.malformed(detail);
  }
}
