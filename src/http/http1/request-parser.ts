import type { RawHeaders } from "../../model/capture.ts";
import {
  BAD_REQUEST,
  BODY_FRAMING_TOO_LARGE,
  CODING_REFUSED,
  EXPECTATION_FAILED,
  HEADER_TOO_LARGE,
  type Refusal,
  VERSION_REFUSED,
} from "../refusal.ts";
import { BodyReader } from "./body-reader.ts";
import { CHUNKED_BODY, type FramingProblem, NO_LENGTH, readFraming } from "./message-framing.ts";
import { HeaderSection } from "./header-section.ts";
import { MALFORMED, NEED_MORE_BYTES } from "./header-tokenizer.ts";

/** RFC 9112 §3: single spaces between method, target and version. The target is checked with the rest of the head. */
const REQUEST_LINE = /^([!#$%&'*+.^`|~\w-]+) (\S+) HTTP\/(\d\.\d)$/;
const FRAMING_FIELD = /^(?:content-length|transfer-encoding)$/i;
const CR = 0x0d;
const LF = 0x0a;
/** A longer body is read piece by piece. Nothing that is written in one piece up to this size makes a socket wait. */
const MAX_WHOLE_BODY_BYTES = 16 * 1024;

/** A request head whose framing is unambiguous. */
export interface ParsedRequestHead {
  readonly method: string;
  readonly target: string;
  readonly isHttp10: boolean;
  readonly fields: RawHeaders;
  /** In bytes, or CHUNKED_BODY. */
  readonly bodyLength: number;
  /** The client keeps the connection open for another request. */
  readonly isPersistent: boolean;
  /** The client waits for 100 before it sends the body. */
  readonly expectsContinue: boolean;
}

/** Receives the requests of one client connection. */
export interface RequestSink {
  /** @returns whether to read the body; false when the request was refused */
  head(head: ParsedRequestHead): boolean;
  /** The piece belongs to the sink. */
  body(piece: Buffer): void;
  /** Called after the body; not for a request without one. */
  end(trailers: RawHeaders): void;
  /** The bytes are not an acceptable request. */
  refuse(refusal: Refusal): void;
}

type RequestState = "between" | "empty-line" | "head" | "body" | "stopped";

/**
 * Reads requests of HTTP/1.1 and 1.0 (RFC 9112), one after another on a connection. This parser decides where a request ends
 * and the next one begins, so it refuses everything ambiguous.
 */
export class RequestParser {
  readonly #sink: RequestSink;
  readonly #section: HeaderSection;
  readonly #body: BodyReader;
  /** Nothing is read in `stopped` until the next `begin`. */
  #state: RequestState = "between";
  /** A short body that has arrived with its head; null except while the sink is given the head. */
  #wholeBody: Buffer | null = null;

  /** @param maxHeadBytes RFC 9112 §5 leaves the limit to the server. A longer head gets a 431 */
  constructor(sink: RequestSink, maxHeadBytes: number) {
    this.#sink = sink;
    this.#section = new HeaderSection(maxHeadBytes);
    this.#body = new BodyReader({ onQuirk: null, sink, section: this.#section, copiesChunks: true });
  }

  /** A head has begun and is not complete. */
  get isInHead(): boolean {
    return this.#state === "head" || this.#state === "empty-line";
  }

  /** Expects another request. */
  begin(): void {
    this.#state = "between";
  }

  /**
   * Takes the complete body at once: then the sink receives neither pieces of it nor its end. Only while it is given the head.
   * @returns null if the body has to be read, because it is not there, is long, or its length is not known
   */
  takeWholeBody(): Buffer | null {
    const body = this.#wholeBody;
    this.#wholeBody = null;
    return body;
  }

  /** Ignores all further bytes. */
  stop(): void {
    this.#state = "stopped";
    this.#body.stop();
  }

  /**
   * Reads until the sink was called once, or the bytes are used up.
   * @returns the offset where it stopped; `from` when the parser is stopped
   */
  read(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && (this.#state === "between" || this.#state === "empty-line")) {
      at = this.#skipEmptyLine(bytes, at);
    }
    if (at === bytes.length) return at;
    if (this.#state === "head") return this.#readHead(bytes, at);
    return this.#state === "body" ? this.#readBody(bytes, at) : at;
  }

  /** RFC 9112 §2.2: empty lines before a request are ignored; some old clients send one after a body. */
  #skipEmptyLine(bytes: Buffer, at: number): number {
    const byte = bytes[at] as number;
    if (this.#state === "between" && byte !== CR) {
      this.#state = "head";
      this.#section.begin("request");
      return at;
    }
    if (this.#state === "between") this.#state = "empty-line";
    else if (byte === LF) this.#state = "between";
    else this.#refuse(BAD_REQUEST);
    return at + 1;
  }

  #readHead(bytes: Buffer, at: number): number {
    const stop = this.#section.read(bytes, at, bytes.length);
    if (stop === NEED_MORE_BYTES) return bytes.length;
    if (stop === MALFORMED) {
      this.#refuse(this.#section.isTooLarge ? HEADER_TOO_LARGE : BAD_REQUEST);
      return bytes.length;
    }
    return stop + this.#acceptHead(bytes, stop);
  }

  /** @param bodyAt offset where the body begins @returns how many bytes of it were taken */
  #acceptHead(bytes: Buffer, bodyAt: number): number {
    const [, method, target, version] = REQUEST_LINE.exec(this.#section.startLine) ?? [];
    if (method === undefined || target === undefined || version === undefined) return this.#refuse(BAD_REQUEST);
    if (version !== "1.1" && version !== "1.0") return this.#refuse(VERSION_REFUSED);
    const isHttp10 = version === "1.0";
    const fields = this.#section.fields();
    const framing = readFraming("request", fields, isHttp10);
    if (framing.problem !== null) return this.#refuse(refusalOf(framing.problem));
    const { isChunked, contentLength, isPersistent } = framing;
    const bodyLength = isChunked ? CHUNKED_BODY : contentLength === NO_LENGTH ? 0 : contentLength;
    const expectsContinue = framing.expectsContinue && bodyLength !== 0;
    // Before the sink sees the head: when it responds at once, it calls `begin` for the next request.
    this.#state = "stopped";
    const isWhole = bodyLength > 0 && bodyLength <= Math.min(bytes.length - bodyAt, MAX_WHOLE_BODY_BYTES);
    this.#wholeBody = isWhole ? bytes.subarray(bodyAt, bodyAt + bodyLength) : null;
    const accepts = this.#sink.head({ method, target, isHttp10, fields, bodyLength, isPersistent, expectsContinue });
    if (isWhole && this.takeWholeBody() === null) return bodyLength;
    if (!accepts || bodyLength === 0) return 0;
    this.#state = "body";
    this.#body.begin(bodyLength);
    return 0;
  }

  #readBody(bytes: Buffer, at: number): number {
    const stop = this.#body.read(bytes, at, bytes.length);
    const { state, tooLarge, trailers } = this.#body;
    if (state === "malformed") this.#refuse(bodyRefusalOf(tooLarge));
    else if (state === "complete") this.#finish(trailers);
    return stop;
  }

  /** Framing fields come too late in trailers, and a recipient that merges trailers into the head would obey them. */
  #finish(trailers: RawHeaders): void {
    if (trailers.some(isFramingName)) return void this.#refuse(BAD_REQUEST);
    this.#state = "stopped";
    return this.#sink.end(trailers);
  }

  /** @returns 0: no byte after the head is read */
  #refuse(refusal: Refusal): 0 {
    this.#state = "stopped";
    this.#sink.refuse(refusal);
    return 0;
  }
}

/** Whether the element at this index of a field list is the name of a framing field. */
function isFramingName(text: string, index: number): boolean {
  return index % 2 === 0 && FRAMING_FIELD.test(text);
}

function refusalOf(problem: FramingProblem): Refusal {
  if (problem === "unknown-coding") return CODING_REFUSED;
  return problem === "unknown-expectation" ? EXPECTATION_FAILED : BAD_REQUEST;
}

function bodyRefusalOf(tooLarge: BodyReader["tooLarge"]): Refusal {
  if (tooLarge === "trailers") return HEADER_TOO_LARGE;
  return tooLarge === "chunk-extensions" ? BODY_FRAMING_TOO_LARGE : BAD_REQUEST;
}
