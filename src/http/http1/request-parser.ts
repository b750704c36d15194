import { ChunkDecoder } from "./chunk-decoder.ts";
import { BROKEN, MORE } from "./header-section.ts";
import { SectionReader } from "./section-reader.ts";
import type { RawHeaders } from "../../model/capture.ts";
import { BAD_REQUEST, BODY_FRAMING_TOO_LARGE, HEADER_TOO_LARGE, type Refusal, VERSION_REFUSED } from "../refusal.ts";
import { CHUNKED_BODY } from "./request-framing.ts";

/** RFC 9112 §5 leaves the limit to us; beyond it 431. */
export const MAX_HEADER_BYTES = 16 * 1024;

/** RFC 9112 §3: one space between each of the three; what may be a target is judged with the rest of the head. */
const REQUEST_LINE = /^([!#$%&'*+.^`|~\w-]+) (\S+) HTTP\/(\d\.\d)$/;
const CR = 0x0d;
const LF = 0x0a;
const NO_FIELDS: RawHeaders = [];

/** Between two requests. */
const BETWEEN = 0;
const EMPTY_LINE = 1;
const HEAD = 2;
const LENGTH = 3;
const CHUNKED = 4;
const TRAILERS = 5;
/** Nothing more is read until the next `begin`. */
const STOPPED = 6;

/** Hears what a client sends. */
export interface RequestSink {
  /** @returns the length of the body, or CHUNKED_BODY; 0 when nothing more is to be read */
  head(method: string, target: string, isHttp10: boolean, fields: RawHeaders): number;
  /** The bytes stay as they are. */
  body(piece: Buffer): void;
  end(trailers: RawHeaders): void;
  /** The bytes are no request. */
  broken(refusal: Refusal): void;
}

/**
 * Reads requests of HTTP/1.1 and 1.0 (RFC 9112), one after another on a connection. What could be understood in two ways is
 * refused: this parser decides where a request ends and the next one begins.
 */
export class RequestParser {
  readonly #sink: RequestSink;
  readonly #section = new SectionReader(MAX_HEADER_BYTES);
  readonly #chunks = new ChunkDecoder();
  #state = BETWEEN;
  /** Of the body, when its length is known. */
  #left = 0;

  constructor(sink: RequestSink) {
    this.#sink = sink;
  }

  /** A head has begun, and is not complete. */
  get isInHead(): boolean {
    return this.#state === HEAD || this.#state === EMPTY_LINE;
  }

  /** Another request may come. */
  begin(): void {
    this.#state = BETWEEN;
  }

  /** Nothing more is told. */
  stop(): void {
    this.#state = STOPPED;
  }

  /**
   * Reads as far as one thing that the sink is told of.
   * @returns where it stopped, behind what it has read; `from` itself when nothing more is to be read
   */
  read(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && (this.#state === BETWEEN || this.#state === EMPTY_LINE))
      at = this.#emptyLine(bytes, at);
    if (at === bytes.length) return at;
    switch (this.#state) {
      case HEAD:
      case TRAILERS:
        return this.#readSection(bytes, at);
      case LENGTH:
        return this.#bodyOfLength(bytes, at);
      case CHUNKED:
        return this.#chunkedBody(bytes, at);
      default:
        return at;
    }
  }

  /** RFC 9112 §2.2: empty lines before a request are ignored; some clients of old send one behind a body. */
  #emptyLine(bytes: Buffer, at: number): number {
    const byte = bytes[at] as number;
    if (this.#state === BETWEEN && byte !== CR) {
      this.#state = HEAD;
      this.#section.begin("request");
      return at;
    }
    if (this.#state === BETWEEN) this.#state = EMPTY_LINE;
    else if (byte === LF) this.#state = BETWEEN;
    else this.#broken(BAD_REQUEST);
    return at + 1;
  }

  #readSection(bytes: Buffer, at: number): number {
    const stop = this.#section.read(bytes, at, bytes.length);
    if (stop === MORE) return bytes.length;
    if (stop === BROKEN) {
      this.#broken(this.#section.isTooLarge ? HEADER_TOO_LARGE : BAD_REQUEST);
      return bytes.length;
    }
    if (this.#state === TRAILERS) this.#trailersRead(this.#section.fields());
    else this.#headRead();
    return stop;
  }

  /** What frames a message comes too late in its trailers, and whoever merges them into the head would believe it. */
  #trailersRead(fields: RawHeaders): void {
    const frames = fields.some(
      (name, index) => index % 2 === 0 && /^(?:content-length|transfer-encoding)$/i.test(name),
    );
    return frames ? this.#broken(BAD_REQUEST) : this.#end(fields);
  }

  #headRead(): void {
    const [, method, target, version] = REQUEST_LINE.exec(this.#section.startLine) ?? [];
    if (method === undefined || target === undefined || version === undefined) return this.#broken(BAD_REQUEST);
    if (version !== "1.1" && version !== "1.0") return this.#broken(VERSION_REFUSED);
    // First: with its answer, the next request may be asked for at once.
    this.#state = STOPPED;
    this.#left = this.#sink.head(method, target, version === "1.0", this.#section.fields());
    if (this.#left > 0) this.#state = LENGTH;
    else if (this.#left === CHUNKED_BODY) {
      this.#state = CHUNKED;
      this.#chunks.begin();
    }
    return undefined;
  }

  #bodyOfLength(bytes: Buffer, at: number): number {
    const stop = Math.min(at + this.#left, bytes.length);
    this.#left -= stop - at;
    this.#sink.body(bytes.subarray(at, stop));
    if (this.#left === 0 && this.#state === LENGTH) this.#end(NO_FIELDS);
    return stop;
  }

  #chunkedBody(bytes: Buffer, at: number): number {
    const stop = this.#chunks.read(bytes, at, bytes.length);
    const piece = this.#chunks.take();
    // That memory is shared by all connections, and whoever reads the body keeps its pieces.
    if (piece !== null) this.#sink.body(Buffer.from(piece));
    if (this.#state !== CHUNKED) return stop;
    if (this.#chunks.problem !== "") this.#broken(this.#chunks.isTooLarge ? BODY_FRAMING_TOO_LARGE : BAD_REQUEST);
    else if (this.#chunks.isOver) {
      this.#state = TRAILERS;
      this.#section.begin("none");
    }
    return stop;
  }

  #end(trailers: RawHeaders): void {
    this.#state = STOPPED;
    this.#sink.end(trailers);
  }

  #broken(refusal: Refusal): void {
    this.#state = STOPPED;
    this.#sink.broken(refusal);
  }
}
