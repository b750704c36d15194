import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { toHttp2Fields, toHttp2Trailers } from "../../http/http2/http2-fields.ts";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { ClientResponse } from "../exchange/client-exchange.ts";

const LOWEST_STATUS = 200;
const HIGHEST_STATUS = 599;
/** RFC 9110 §15.3.5, §15.3.6, §15.4.5: responses without content. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);
/** `sendDate` is missing from the types; without it Node adds a Date that the primary did not send. */
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };
const HEAD_ONLY = { endStream: true, sendDate: false };

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
  #pendingHead: PendingHead | undefined;
  #headersSent = false;
  readonly #isHead: boolean;
  #hasNoBody = false;
  #trailers: OutgoingHttpHeaders = {};

  /** @param isHead the request is HEAD */
  constructor(stream: ServerHttp2Stream, isHead: boolean) {
    this.#stream = stream;
    this.#isHead = isHead;
  }

  get headersSent(): boolean {
    return this.#headersSent;
  }

  writeHead(status: number, _reason: string, fields: readonly string[]): boolean {
    if (status < LOWEST_STATUS || status > HIGHEST_STATUS) return false;
    this.#pendingHead = { status, fields: toHttp2Fields(fields) };
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
    countStreamedBytes(piece.length);
    return this.#stream.write(Buffer.from(piece));
  }

  onceDrained(callback: () => void): void {
    this.#stream.once("drain", callback);
  }

  end(trailers: RawHeaders): void {
    this.#trailers = toHttp2Trailers(trailers);
    this.#respond(this.#hasNoBody || trailers.length === 0);
    if (!this.#stream.writableEnded) this.#stream.end();
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
    const fields = [":status", String(head.status), ...head.fields];
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
