import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { toHttp2Fields, toHttp2Trailers } from "../../http/http2/http2-fields.ts";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { StreamGate } from "../../lib/runtime/stream-gate.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { ClientResponse } from "../exchange/client-exchange.ts";

/** HTTP/2 clients reset a stream with a status below 100. */
const LOWEST_STATUS = 200;
const HIGHEST_STATUS = 999;
/** Highest status that Node accepts for an HTTP/2 response. RFC 9110 §15 requires clients to treat higher ones like 5xx. */
const HIGHEST_NODE_STATUS = 599;
/** Size of the interim responses of one request. They are not subject to flow control, so more of them are dropped. */
const MAX_INTERIM_BYTES = 1024 * 1024;
/** Size of a field section without its fields: frame and status. */
const INTERIM_BYTES = 32;
/**
 * A larger head or field would end the connection of a client that uses nghttp2, with all its requests: it accepts 64 KiB per
 * field and nine frames.
 */
const MAX_HEAD_BYTES = 128 * 1024;
const MAX_FIELD_BYTES = 64 * 1024 - 1;
/** RFC 9110 §15.3.5, §15.3.6, §15.4.5: responses without content. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);
/** RFC 9110 §8.6: here a Content-Length says nothing, and HTTP/2 clients reset the stream because no content follows. */
const LENGTHLESS: ReadonlySet<number> = new Set([204, 205]);
/** `sendDate` is missing from the types; without it Node adds a Date that the primary did not send. */
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };
const HEAD_ONLY = { endStream: true, sendDate: false };

/**
 * A status above 599. Node validates the number and writes the text, so that the client receives what the primary sent, as it
 * does over HTTP/1.1.
 */
class UnassignedStatus {
  readonly #status: number;

  constructor(status: number) {
    this.#status = status;
  }

  valueOf(): number {
    return HIGHEST_NODE_STATUS;
  }

  toString(): string {
    return String(this.#status);
  }
}

interface PendingHead {
  readonly status: number;
  readonly fields: string[];
}

/**
 * A response on an HTTP/2 stream. The head waits for what follows, because a response without a body must end its stream in
 * the same frame: gRPC clients read such a head as trailers.
 */
export class Http2Response implements ClientResponse {
  readonly #stream: ServerHttp2Stream;
  readonly #gate: StreamGate;
  /** What the gate counts as unsent. */
  #unsentBytes = 0;
  #pendingHead: PendingHead | undefined;
  #headersSent = false;
  #interimBytes = 0;
  readonly #isHead: boolean;
  #hasNoBody = false;
  #trailers: OutgoingHttpHeaders = {};

  /**
   * @param gate of the connection; it counts what its client does not read
   * @param isHead the request is HEAD
   */
  constructor(stream: ServerHttp2Stream, gate: StreamGate, isHead: boolean) {
    this.#stream = stream;
    this.#gate = gate;
    this.#isHead = isHead;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  writeInterim(status: number, fields: readonly string[]): void {
    if (this.#headersSent || !this.#isOpen || isTooLarge(fields)) return;
    this.#interimBytes += fields.reduce((sum, text) => sum + text.length, INTERIM_BYTES);
    if (this.#interimBytes > MAX_INTERIM_BYTES) return;
    try {
      this.#stream.additionalHeaders({ ":status": status, ...toHttp2Trailers(fields) });
    } catch {
      // HTTP/2 forbids some fields that HTTP/1.1 allows. The final response does not depend on this one.
    }
  }

  writeHead(status: number, _reason: string, fields: readonly string[]): boolean {
    if (status < LOWEST_STATUS || status > HIGHEST_STATUS) return false;
    const converted = toHttp2Fields(fields);
    if (isTooLarge(converted)) return false;
    this.#pendingHead = { status, fields: LENGTHLESS.has(status) ? withoutLength(converted) : converted };
    this.#hasNoBody = BODILESS.has(status) || this.#isHead;
    this.#headersSent = true;
    return true;
  }

  flushHead(): void {
    this.#respond(this.#hasNoBody);
  }

  /** Copies each piece to new memory: after a reset, frames with its bytes can still wait in the buffers of the session. */
  write(piece: Buffer): boolean {
    this.#respond(this.#hasNoBody);
    if (this.#hasNoBody || !this.#isOpen) return true;
    if (this.#gate.isOverrun) {
      this.#stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return true;
    }
    countStreamedBytes(piece.length);
    const isWritable = this.#stream.write(Buffer.from(piece));
    if (!isWritable) this.countUnsent();
    return isWritable;
  }

  onceDrained(callback: () => void): void {
    this.#stream.once("drain", () => {
      this.countUnsent();
      callback();
    });
  }

  /**
   * Updates what the gate counts for this response: after each change from or to "full", at the end and when the stream is
   * closed. What Node takes before it is full is not counted until the response ends.
   */
  countUnsent(): void {
    const bytes = this.#isOpen ? this.#stream.writableLength : 0;
    if (bytes === this.#unsentBytes) return;
    this.#gate.addUnsent(bytes - this.#unsentBytes);
    this.#unsentBytes = bytes;
  }

  end(trailers: RawHeaders): void {
    this.#trailers = toHttp2Trailers(trailers);
    this.#respond(this.#hasNoBody || trailers.length === 0);
    if (this.#stream.writableEnded) return;
    this.#stream.end();
    this.countUnsent();
  }

  /** HTTP/2 has no upgrade (RFC 9113 §8.6), so no head asks for one. */
  switchTo(_reason: string, _fields: RawHeaders, upstream: Duplex): boolean {
    upstream.destroy();
    return false;
  }

  cut(): void {
    if (this.#isOpen) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  get #isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }

  #respond(isComplete: boolean): void {
    const head = this.#pendingHead;
    if (head === undefined) return;
    this.#pendingHead = undefined;
    if (!this.#isOpen) return;
    const { status } = head;
    const value = status > HIGHEST_NODE_STATUS ? (new UnassignedStatus(status) as unknown as string) : String(status);
    const fields = [":status", value, ...head.fields];
    try {
      if (!isComplete) this.#stream.once("wantTrailers", () => this.#sendTrailers());
      this.#stream.respond(fields, isComplete ? HEAD_ONLY : WITH_TRAILERS);
    } catch {
      // HTTP/2 forbids some fields that HTTP/1.1 allows.
      this.cut();
    }
  }

  #sendTrailers(): void {
    if (!this.#isOpen) return;
    try {
      this.#stream.sendTrailers(this.#trailers);
    } catch {
      this.cut();
    }
  }
}

/** @param fields with names in lower case */
function withoutLength(fields: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    if (name !== "content-length") kept.push(name, fields[index + 1] ?? "");
  }
  return kept;
}

function isTooLarge(fields: readonly string[]): boolean {
  let bytes = 0;
  for (const text of fields) {
    if (text.length > MAX_FIELD_BYTES) return true;
    bytes += text.length;
  }
  return bytes > MAX_HEAD_BYTES;
}
