import { Readable } from "node:stream";
import type { ByteBudget } from "../capture/byte-budget.ts";

/** A copy of a request body for a mirrored leg. Whoever fills it never waits; it overflows instead. */
export class RequestBodyCopy {
  /**
   * Object mode: or undici would announce a length when it finds the body complete, and the legs of one request would
   * differ by chance. An error in it is told by the leg; without a listener it would end the process.
   */
  readonly stream = new Readable({ objectMode: true, highWaterMark: 1, read: () => this.#next() })
    .on("error", () => {})
    .on("close", () => this.release());
  /** What waits for an upstream that reads slower than the client sends. */
  readonly #budget: ByteBudget;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted = false;
  #ended = false;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** @returns false when the budget has no room for the chunk: the copy is then incomplete, and of no use */
  push(chunk: Buffer): boolean {
    // The upstream has answered, or failed, without wanting the rest.
    if (this.stream.destroyed) return true;
    if (!this.#budget.tryTake(chunk.length)) return false;
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#wanted) this.#next();
    return true;
  }

  end(): void {
    this.#ended = true;
    if (this.#wanted && !this.stream.destroyed) this.#next();
  }

  /** Lets go of what waits; may be called twice. */
  release(): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
    this.#chunks = [];
  }

  #next(): void {
    const chunk = this.#chunks.shift();
    this.#wanted = chunk === undefined && !this.#ended;
    if (chunk !== undefined) {
      this.#bytes -= chunk.length;
      this.#budget.give(chunk.length);
      this.stream.push(chunk);
    } else if (this.#ended) this.stream.push(null);
  }
}
