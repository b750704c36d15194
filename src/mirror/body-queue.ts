import { Readable } from "node:stream";

/** What may wait for an upstream that reads slower than the client sends. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** A copy of a request body for a mirrored leg. Whoever fills it never waits; it overflows instead. */
export class BodyQueue {
  /**
   * Object mode: or undici would announce a length when it finds the body complete, and the legs of one request would
   * differ by chance. An error in it is told by the leg; without a listener it would end the process.
   */
  readonly stream = new Readable({ objectMode: true, highWaterMark: 1, read: () => this.#next() }).on(
    "error",
    () => {},
  );
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted = false;
  #ended = false;

  /** @returns false when the chunk does not fit: the copy is then incomplete, and of no use */
  push(chunk: Buffer): boolean {
    // The upstream has answered, or failed, without wanting the rest.
    if (this.stream.destroyed) return true;
    if (this.#bytes + chunk.length > MAX_QUEUED_BYTES) return false;
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#wanted) this.#next();
    return true;
  }

  end(): void {
    this.#ended = true;
    if (this.#wanted && !this.stream.destroyed) this.#next();
  }

  #next(): void {
    const chunk = this.#chunks.shift();
    this.#wanted = chunk === undefined && !this.#ended;
    if (chunk !== undefined) {
      this.#bytes -= chunk.length;
      this.stream.push(chunk);
    } else if (this.#ended) this.stream.push(null);
  }
}
