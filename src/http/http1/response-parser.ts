import { ChunkDecoder } from "./chunk-decoder.ts";
import { BROKEN, MORE } from "./header-section.ts";
import { SectionReader } from "./section-reader.ts";
import type { RawHeaders } from "../../model/capture.ts";
import { Framing } from "./response-framing.ts";

/** A response head, or trailer section, beyond this is refused. */
const MAX_SECTION_BYTES = 64 * 1024;
/** Interim answers before the final one. */
const MAX_INTERIM = 20;

const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

/** `HTTP/1.1 200 Reason`: where its parts stand. */
const MINOR_AT = 7;
const CODE_AT = 9;
const CODE_END = 12;
const STATUS_LINE = /^HTTP\/1\.[01] [1-9]\d\d(?: |$)/;
const NO_FIELDS: RawHeaders = [];

const HEAD = 0;
const LENGTH = 1;
const CHUNKED = 2;
const TRAILERS = 3;
const TO_THE_END = 4;
const NO_BODY = 5;
const OVER = 6;

/** Hears what a response says. It may stop the parser in any of these. */
export interface ResponseSink {
  head(status: number, reason: string, fields: RawHeaders): void;
  /** At most once for each read. The bytes are the receiver's during this call only. */
  body(piece: Buffer): void;
  end(trailers: RawHeaders): void;
  /** 101 to a request that asked for it; what follows is not HTTP. */
  switched(reason: string, fields: RawHeaders): void;
  /** The bytes are no HTTP response; the detail holds none of them. */
  broken(detail: string): void;
}

/**
 * Reads responses of HTTP/1.1 and 1.0 (RFC 9112), one after another on a connection. What could be understood in two ways is
 * refused: this parser decides where an answer ends, and nobody behind it looks again.
 */
export class ResponseParser {
  /** The connection may carry another request when the response has ended. */
  reusable = false;
  readonly framing = new Framing();
  readonly #sink: ResponseSink;
  readonly #section = new SectionReader(MAX_SECTION_BYTES);
  readonly #chunks = new ChunkDecoder();
  #state = OVER;
  #isHead = false;
  #maySwitch = false;
  #interim = 0;
  /** Of the body, when its length is known. */
  #left = 0;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /**
   * The next bytes answer a new request.
   * @param isHead to a HEAD request: whatever the head says, no body follows
   * @param maySwitch the request asked for another protocol
   */
  begin(isHead: boolean, maySwitch: boolean): void {
    this.#isHead = isHead;
    this.#maySwitch = maySwitch;
    this.#interim = 0;
    this.#expectHead();
  }

  /** Nothing more is told. */
  stop(): void {
    this.#state = OVER;
  }

  /** @returns how many of the bytes belong to this response; all of them while it has not ended */
  read(bytes: Buffer, end: number): number {
    let at = 0;
    while (at < end && this.#state !== OVER) {
      switch (this.#state) {
        case LENGTH:
          at = this.#bodyOfLength(bytes, at, end);
          break;
        case CHUNKED:
          at = this.#chunkedBody(bytes, at, end);
          break;
        case TO_THE_END:
          this.#sink.body(bytes.subarray(at, end));
          return end;
        default:
          at = this.#readSection(bytes, at, end);
      }
    }
    return at;
  }

  /** The connection has ended. @returns false when the response had not */
  finish(): boolean {
    if (this.#state !== TO_THE_END) return false;
    this.#end(NO_FIELDS);
    return true;
  }

  #expectHead(): void {
    this.#state = HEAD;
    this.#section.begin("status");
    this.framing.begin();
  }

  #readSection(bytes: Buffer, at: number, end: number): number {
    const stop = this.#section.read(bytes, at, end);
    if (stop === MORE) return end;
    if (stop === BROKEN) this.#broken(this.#section.problem);
    else if (this.#state === TRAILERS) this.#end(this.#section.fields());
    else this.#headRead();
    return stop < 0 ? end : stop;
  }

  #headRead(): void {
    const line = this.#section.startLine;
    if (!STATUS_LINE.test(line)) return this.#broken("the status line of the answer is malformed");
    const isOldVersion = line.charAt(MINOR_AT) === "0";
    const status = Number(line.slice(CODE_AT, CODE_END));
    const reason = line.slice(CODE_END + 1);
    const fields = this.#section.fields();
    for (let index = 0; index < fields.length; index += 2) {
      this.framing.see(fields[index] as string, fields[index + 1] as string);
    }
    this.framing.judge(isOldVersion);
    if (this.framing.problem !== "") return this.#broken(this.framing.problem);
    if (status === SWITCHING_PROTOCOLS) return this.#switch(reason, fields);
    // RFC 9110 §15.2: interim answers may be dropped; the final one follows.
    if (status < FIRST_FINAL_STATUS) return this.#skipInterim();
    return this.#final(status, reason, fields, isOldVersion);
  }

  #switch(reason: string, fields: RawHeaders): void {
    if (!this.#maySwitch) return this.#broken("switched protocols without being asked");
    if (!this.framing.upgrade) return this.#broken("switched protocols without saying to which");
    this.#state = OVER;
    return this.#sink.switched(reason, fields);
  }

  #skipInterim(): void {
    this.#interim += 1;
    if (this.#interim > MAX_INTERIM) return this.#broken(`more than ${MAX_INTERIM} interim answers`);
    return this.#expectHead();
  }

  #final(status: number, reason: string, fields: RawHeaders, isOldVersion: boolean): void {
    const { chunked, length, close, keepAlive } = this.framing;
    // RFC 9112 §6.3, in its order.
    let next = TO_THE_END;
    if (this.#isHead || status === NO_CONTENT || status === NOT_MODIFIED || length === 0) next = NO_BODY;
    else if (chunked) next = CHUNKED;
    else if (length > 0) next = LENGTH;
    this.#state = next;
    this.#left = length;
    this.reusable = !close && (!isOldVersion || keepAlive) && next !== TO_THE_END;
    if (next === CHUNKED) this.#chunks.begin();
    this.#sink.head(status, reason, fields);
    if (this.#state === NO_BODY) this.#end(NO_FIELDS);
  }

  #bodyOfLength(bytes: Buffer, at: number, end: number): number {
    const stop = Math.min(at + this.#left, end);
    this.#left -= stop - at;
    this.#sink.body(bytes.subarray(at, stop));
    if (this.#left === 0 && this.#state === LENGTH) this.#end(NO_FIELDS);
    return stop;
  }

  #chunkedBody(bytes: Buffer, at: number, end: number): number {
    const stop = this.#chunks.read(bytes, at, end);
    const piece = this.#chunks.take();
    if (piece !== null) this.#sink.body(piece);
    if (this.#state !== CHUNKED) return end;
    if (this.#chunks.problem !== "") this.#broken(this.#chunks.problem);
    else if (this.#chunks.isOver) {
      this.#state = TRAILERS;
      this.#section.begin("none");
    }
    return stop;
  }

  #end(trailers: RawHeaders): void {
    this.#state = OVER;
    this.#sink.end(trailers);
  }

  #broken(detail: string): void {
    if (this.#state === OVER) return;
    this.#state = OVER;
    this.#sink.broken(detail);
  }
}
