import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { http2Fields } from "../../http/http2/http2-fields.ts";
import { http2Trailers } from "../../http/http2/http2-trailers.ts";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { ClientResponse } from "../exchange/client-exchange.ts";

const LOWEST_STATUS = 200;
const HIGHEST_STATUS = 599;
/** RFC 9110 §15.3.5, §15.3.6, §15.4.5: answers without content. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);
/** `sendDate` is there, but not in the types: without it Node adds a Date that the primary did not send. */
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };
const HEAD_ONLY = { endStream: true, sendDate: false };

interface Head {
  readonly status: number;
  readonly fields: string[];
}

/**
 * A response on one stream of HTTP/2. The head waits for what follows it, because an answer that is a head alone ends its
 * stream in the same frame: gRPC clients read such a head as trailers.
 */
export class Http2Response implements ClientResponse {
  readonly #stream: ServerHttp2Stream;
  #waiting: Head | undefined;
  #headersSent = false;
  readonly #isHead: boolean;
  #hasNoBody = false;
  #trailers: OutgoingHttpHeaders = {};

  /** @param isHead the client wants a head alone */
  constructor(stream: ServerHttp2Stream, isHead: boolean) {
    this.#stream = stream;
    this.#isHead = isHead;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  writeHead(status: number, _reason: string, fields: readonly string[]): boolean {
    if (status < LOWEST_STATUS || status > HIGHEST_STATUS) return false;
    this.#waiting = { status, fields: http2Fields(fields) };
    this.#hasNoBody = BODILESS.has(status) || this.#isHead;
    this.#headersSent = true;
    return true;
  }

  flushHead(): void {
    this.#respond(this.#hasNoBody);
  }

  /** Each piece in new memory: when a stream is reset, frames with its bytes may still wait in the session's buffers. */
  write(piece: Buffer): boolean {
    this.#respond(this.#hasNoBody);
    if (this.#hasNoBody || !this.#isOpen) return true;
    countStreamedBytes(piece.length);
    return this.#stream.write(Buffer.from(piece));
  }

  onceDrained(callback: () => void): void {
    this.#stream.once("drain", callback);
  }

  end(trailers: RawHeaders): void {
    this.#trailers = http2Trailers(trailers);
    this.#respond(this.#hasNoBody || trailers.length === 0);
    if (!this.#stream.writableEnded) this.#stream.end();
  }

  /** Upgrades are of HTTP/1.1 alone (RFC 9113 §8.6): no head of HTTP/2 asks for one. */
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

  #respond(isAll: boolean): void {
    const head = this.#waiting;
    if (head === undefined) return;
    this.#waiting = undefined;
    if (!this.#isOpen) return;
    const fields = [":status", String(head.status), ...head.fields];
    try {
      if (!isAll) this.#stream.once("wantTrailers", () => this.#sendTrailers());
      this.#stream.respond(fields, isAll ? HEAD_ONLY : WITH_TRAILERS);
    } catch {
      // A field that HTTP/1.1 lets pass and HTTP/2 does not.
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
