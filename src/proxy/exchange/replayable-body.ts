import { Readable } from "node:stream";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { RequestBodyObserver } from "../../model/mirror-stage.ts";
import type { ClientRequest } from "./client-exchange.ts";
import { MAX_BUFFERED_CHUNKS } from "./request-body.ts";

/**
 * A client's body that is offered to one attempt after another, until an attempt has read the first chunk. The primary
 * applies back pressure to the client; the observer never does. When no attempt reads the body, it is discarded.
 */
export class ReplayableBody {
  readonly #request: ClientRequest;
  readonly #chunks: Buffer[] = [];
  #hasEnded = false;
  #isUnread = true;
  #stream: Readable | null = null;
  #isReadPending = false;

  constructor(request: ClientRequest, observer: RequestBodyObserver | null) {
    this.#request = request;
    request.on("data", (chunk: Buffer) => {
      countStreamedBytes(chunk.length);
      observer?.requestData(chunk);
      this.#buffer(chunk);
    });
    request.once("end", () => {
      observer?.requestEnd();
      this.#hasEnded = true;
      this.#push();
    });
  }

  /** No attempt has read any of it. */
  get isUnread(): boolean {
    return this.#isUnread;
  }

  /** Returns a stream for the next attempt, which replaces the previous stream. Only call it while the body is unread. */
  open(): Readable {
    // Object mode keeps the chunks as they are, one read ahead.
    const stream = new Readable({
      objectMode: true,
      highWaterMark: 1,
      read: () => {
        this.#isReadPending = true;
        this.#push();
      },
    });
    // The leg reports the error. Without a listener it would end the process.
    stream.on("error", () => {});
    stream.once("close", () => {
      if (this.#stream !== stream) return;
      this.#chunks.length = 0;
      this.#request.resume();
    });
    this.#isReadPending = false;
    this.#stream = stream;
    return stream;
  }

  get #isDiscarded(): boolean {
    return this.#stream?.destroyed === true;
  }

  #buffer(chunk: Buffer): void {
    if (this.#isDiscarded) return;
    this.#chunks.push(chunk);
    this.#push();
    if (this.#chunks.length >= MAX_BUFFERED_CHUNKS) this.#request.pause();
  }

  #push(): void {
    const stream = this.#stream;
    if (stream === null || stream.destroyed) return;
    while (this.#isReadPending) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) break;
      this.#isUnread = false;
      this.#isReadPending = stream.push(chunk);
      this.#request.resume();
    }
    if (this.#isReadPending && this.#hasEnded) {
      this.#isReadPending = false;
      stream.push(null);
    }
  }
}
