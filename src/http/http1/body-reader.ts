import { unreachable } from "../../lib/unreachable.ts";
import type { OnQuirk, RawHeaders } from "../../model/capture.ts";
import { ChunkDecoder } from "./chunked-coding.ts";
import { BODY_UNTIL_CLOSE } from "./message-framing.ts";
import type { HeaderSection } from "./header-section.ts";
import { MALFORMED, NEED_MORE_BYTES } from "./header-tokenizer.ts";

const NO_FIELDS: RawHeaders = [];

export type BodyState = "length" | "chunked" | "trailers" | "until-close" | "complete" | "malformed" | "stopped";

/** Receives the pieces of a body. It may stop the reader. */
export interface BodySink {
  body(piece: Buffer): void;
}

export interface BodyReaderOptions {
  /** Receives deviations that are tolerated; null: none is. */
  readonly onQuirk: OnQuirk | null;
  readonly sink: BodySink;
  /** Reads the trailer section; the parser has read the head with it. */
  readonly section: HeaderSection;
  /** The sink keeps its pieces; decoded chunks are otherwise valid during the call only. */
  readonly copiesChunks: boolean;
}

/** Reads the body of one message and the trailer section after a chunked body (RFC 9112 §6.3, §7.1). */
export class BodyReader {
  state: BodyState = "stopped";
  /** Known when the body is complete. */
  trailers: RawHeaders = NO_FIELDS;
  /** Why the body is malformed; contains no received bytes. */
  problem = "";
  /** The part that exceeds its limit, if a limit is the problem. */
  tooLarge: "chunk-extensions" | "trailers" | null = null;
  readonly #sink: BodySink;
  readonly #section: HeaderSection;
  readonly #copiesChunks: boolean;
  readonly #chunks: ChunkDecoder;
  /** Remaining bytes of a body of known length. */
  #remaining = 0;

  constructor({ onQuirk, sink, section, copiesChunks }: BodyReaderOptions) {
    this.#chunks = new ChunkDecoder(onQuirk);
    this.#sink = sink;
    this.#section = section;
    this.#copiesChunks = copiesChunks;
  }

  /** @param length in bytes, CHUNKED_BODY or BODY_UNTIL_CLOSE; the body is complete at once when it is 0 */
  begin(length: number): void {
    this.trailers = NO_FIELDS;
    this.#remaining = length;
    if (length === 0) this.state = "complete";
    else if (length > 0) this.state = "length";
    else if (length === BODY_UNTIL_CLOSE) this.state = "until-close";
    else {
      this.state = "chunked";
      this.#chunks.begin();
    }
  }

  stop(): void {
    this.state = "stopped";
  }

  /** Reads one piece of the body, or a part of its framing. @returns the offset where it stopped */
  read(bytes: Buffer, at: number, end: number): number {
    switch (this.state) {
      case "length":
        return this.#readLength(bytes, at, end);
      case "chunked":
        return this.#readChunks(bytes, at, end);
      case "trailers":
        return this.#readTrailers(bytes, at, end);
      case "until-close":
        this.#sink.body(bytes.subarray(at, end));
        return end;
      case "complete":
      case "malformed":
      case "stopped":
        return at;
    }
    return unreachable(this.state);
  }

  #readLength(bytes: Buffer, at: number, end: number): number {
    const stop = Math.min(at + this.#remaining, end);
    this.#remaining -= stop - at;
    this.#sink.body(bytes.subarray(at, stop));
    if (this.#remaining === 0 && this.state === "length") this.state = "complete";
    return stop;
  }

  #readChunks(bytes: Buffer, at: number, end: number): number {
    const stop = this.#chunks.read(bytes, at, end);
    const piece = this.#chunks.take();
    if (piece !== null) this.#sink.body(this.#copiesChunks ? Buffer.from(piece) : piece);
    if (this.state !== "chunked") return stop;
    if (this.#chunks.problem !== "") {
      this.#fail(this.#chunks.problem, this.#chunks.isTooLarge ? "chunk-extensions" : null);
    } else if (this.#chunks.isComplete) {
      this.state = "trailers";
      this.#section.begin("none");
    }
    return stop;
  }

  #readTrailers(bytes: Buffer, at: number, end: number): number {
    const stop = this.#section.read(bytes, at, end);
    if (stop === NEED_MORE_BYTES) return end;
    if (stop === MALFORMED) {
      this.#fail(this.#section.problem, this.#section.isTooLarge ? "trailers" : null);
      return end;
    }
    this.trailers = this.#section.fields();
    this.state = "complete";
    return stop;
  }

  #fail(problem: string, tooLarge: BodyReader["tooLarge"]): void {
    this.problem = problem;
    this.tooLarge = tooLarge;
    this.state = "malformed";
  }
}
