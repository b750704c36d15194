import { Readable } from "node:stream";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { ClientRequest } from "./client-exchange.ts";
import type { BodyObserver } from "./request-body.ts";

/** Read from the client before the primary takes them; each is at most what one read of the socket gives, 64 KiB. */
const CHUNKS_AHEAD = 4;

/**
 * A client's body that can be offered to one attempt after another, until an attempt has taken the first piece of it. The
 * primary's pace holds the client back; an observer never does. What nobody takes is read and thrown away.
 */
export class ReplayableBody {
  readonly #request: ClientRequest;
  readonly #chunks: Buffer[] = [];
  #ended = false;
  #untouched = true;
  #stream: Readable | null = null;
  #wanted = false;

  constructor(request: ClientRequest, observer: BodyObserver | null) {
    this.#request = request;
    request.on("data", (chunk: Buffer) => {
      countStreamedBytes(chunk.length);
      observer?.requestData(chunk);
      this.#take(chunk);
    });
    request.once("end", () => {
      observer?.requestEnd();
      this.#ended = true;
      this.#pass();
    });
  }

  /** No attempt has taken anything of it. */
  get isUntouched(): boolean {
    return this.#untouched;
  }

  /** For the next attempt, in place of the stream before; only while it is untouched. */
  open(): Readable {
    // Object mode: or undici would announce a length when it finds the body complete, and the legs would differ by chance.
    const stream = new Readable({
      objectMode: true,
      highWaterMark: 1,
      read: () => {
        this.#wanted = true;
        this.#pass();
      },
    });
    // Told by the leg; without a listener it would end the process.
    stream.on("error", () => {});
    stream.once("close", () => {
      if (this.#stream !== stream) return;
      this.#chunks.length = 0;
      this.#request.resume();
    });
    this.#wanted = false;
    this.#stream = stream;
    return stream;
  }

  get #isDiscarded(): boolean {
    return this.#stream?.destroyed === true;
  }

  #take(chunk: Buffer): void {
    if (this.#isDiscarded) return;
    this.#chunks.push(chunk);
    this.#pass();
    if (this.#chunks.length >= CHUNKS_AHEAD) this.#request.pause();
  }

  #pass(): void {
    const stream = this.#stream;
    if (stream === null || stream.destroyed) return;
    while (this.#wanted) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) break;
      this.#untouched = false;
      this.#wanted = stream.push(chunk);
      this.#request.resume();
    }
    if (this.#wanted && this.#ended) {
      this.#wanted = false;
      stream.push(null);
    }
  }
}
