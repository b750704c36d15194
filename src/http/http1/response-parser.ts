import type { ProtocolQuirk, RawHeaders } from "../../model/capture.ts";
import { BodyReader } from "./body-reader.ts";
import { BODY_UNTIL_CLOSE, CHUNKED_BODY, type MessageFraming, NO_LENGTH, readFraming } from "./message-framing.ts";
import { HeaderSection } from "./header-section.ts";
import { MALFORMED, NEED_MORE_BYTES } from "./header-tokenizer.ts";
import { settleFraming } from "./response-framing.ts";
import { parseStatusLine } from "./status-line.ts";

/** A longer response head or trailer section is refused. Some applications send a few hundred kilobytes of cookies. */
const MAX_SECTION_BYTES = 256 * 1024;
const MAX_FIELDS = 10_000;
/** Beyond that, interim responses are ignored and no longer prolong the wait: enough for a 102 every few seconds for days. */
const MAX_INTERIM_BYTES = 1024 * 1024;

const FIRST_INTERIM_STATUS = 100;
const CONTINUE = 100;
const SWITCHING_PROTOCOLS = 101;
const PROCESSING = 102;
const FIRST_FINAL_STATUS = 200;
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

const NO_FIELDS: RawHeaders = [];

/** Receives the responses of one upstream connection. It may stop the parser in any of these calls. */
export interface ResponseSink {
  /** The response deviates from the RFC, but its meaning is clear. Called once for each kind, before or after the head. */
  quirk(quirk: ProtocolQuirk): void;
  /** An interim response other than 100 and 101. */
  interim(status: number, fields: RawHeaders): void;
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
 * ends, and nothing after it checks again, so it refuses everything ambiguous. It tolerates what common proxies agree about,
 * in a form that is written as RFC 9112 requires, and does not reuse the connection: a mistake cannot reach another response.
 */
export class ResponseParser {
  /** The connection can carry another request once the response has ended. */
  isReusable = false;
  /** How long the upstream keeps an idle connection, in milliseconds; -1 if it does not say. */
  keepAliveMs = -1;
  readonly #sink: ResponseSink;
  readonly #section: HeaderSection;
  readonly #body: BodyReader;
  /** Kinds that the current response was reported for. */
  readonly #quirks = new Set<ProtocolQuirk>();
  #state: ResponseState = "stopped";
  #isHeadRequest = false;
  #canSwitch = false;
  #interimBytes = 0;
  /** Fields of a 102 that was read and not passed on yet. */
  #processing: RawHeaders | null = null;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
    this.#section = new HeaderSection(MAX_SECTION_BYTES, MAX_FIELDS, this.#onQuirk);
    this.#body = new BodyReader({ onQuirk: this.#onQuirk, sink, section: this.#section, copiesChunks: false });
  }

  /**
   * Expects the response to a new request.
   * @param isHeadRequest a response to HEAD has no body, whatever its head says
   * @param canSwitch the request asked for another protocol
   */
  begin(isHeadRequest: boolean, canSwitch: boolean): void {
    this.#isHeadRequest = isHeadRequest;
    this.#canSwitch = canSwitch;
    if (this.#quirks.size > 0) this.#quirks.clear();
    this.#processing = null;
    this.#interimBytes = 0;
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
    if (this.#processing !== null) this.#passProcessing(this.#processing);
    return at;
  }

  /** Call this when the connection has ended. @returns false when the response is incomplete */
  finish(): boolean {
    if (this.#state !== "body" || this.#body.state !== "until-close") return false;
    this.#end(NO_FIELDS);
    return true;
  }

  readonly #onQuirk = (quirk: ProtocolQuirk): void => {
    this.isReusable = false;
    if (this.#quirks.has(quirk)) return;
    this.#quirks.add(quirk);
    this.#sink.quirk(quirk);
  };

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
    const line = parseStatusLine(this.#section.startLine, this.#onQuirk);
    if (line === null) return this.#fail("the status line of the response is malformed");
    const { isHttp10, status, reason } = line;
    let fields = this.#section.fields();
    let framing = readFraming("response", fields, isHttp10);
    if (framing.problem !== null) {
      const settled = settleFraming(fields, isHttp10, this.#onQuirk);
      if (settled.problem !== "") return this.#fail(settled.problem);
      ({ fields } = settled);
      framing = { ...framing, contentLength: settled.contentLength, isChunked: settled.isChunked };
    }
    if (status === SWITCHING_PROTOCOLS) return this.#switch(reason, fields, framing.hasUpgrade);
    if (status >= FIRST_INTERIM_STATUS && status < FIRST_FINAL_STATUS) return this.#acceptInterim(status, fields);
    const bodyLength = this.#bodyLength(status, framing);
    this.keepAliveMs = framing.keepAliveMs;
    this.isReusable = framing.isPersistent && bodyLength !== BODY_UNTIL_CLOSE && this.#quirks.size === 0;
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

  /** RFC 9110 §15.2: a proxy must forward interim responses, except a 100 for which the proxy itself has responded. */
  #acceptInterim(status: number, fields: RawHeaders): void {
    this.#interimBytes += this.#section.text.length;
    this.#expectHead();
    if (this.#interimBytes > MAX_INTERIM_BYTES) return;
    if (status === PROCESSING) this.#processing = fields;
    else if (status !== CONTINUE) this.#sink.interim(status, fields);
  }

  /** A 102 says that the final response will take time (RFC 2518 §10.1), so it is of no use once that one has been read. */
  #passProcessing(fields: RawHeaders): void {
    this.#processing = null;
    if (this.#state === "head") this.#sink.interim(PROCESSING, fields);
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
