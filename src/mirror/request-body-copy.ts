import { Readable } from "node:stream";
import type { ByteBudget } from "../capture/byte-budget.ts";

/** A copy of a request body for a mirrored leg. Its writer never waits: when the upstream reads too slowly, it overflows. */
export class RequestBodyCopy {
  /**
   * Object mode keeps the chunks as they are, one read ahead. The leg reports stream errors; without a listener they would end
   * the process.
   */
  readonly stream = new Readable({ objectMode: true, highWaterMark: 1, read: () => this.#pushNext() })
    .on("error", () => {})
    .on("close", () => this.release());
  /** Limits the chunks that the upstream has not read yet. */
  readonly #budget: ByteBudget;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isReadPending = false;
  #hasEnded = false;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** @returns false when the chunk exceeds the budget; the copy is then incomplete and unusable */
  push(chunk: Buffer): boolean {
    // The upstream has responded or failed without reading the rest.
    if (this.stream.destroyed) return true;
    if (!this.#budget.tryTake(chunk.length)) return false;
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#isReadPending) this.#pushNext();
    return true;
  }

  end(): void {
    this.#hasEnded = true;
    if (this.#isReadPending && !this.stream.destroyed) this.#pushNext();
  }

  /** Frees the chunks that were not read. Idempotent. */
  release(): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
    this.#chunks = [];
  }

  #pushNext(): void {
    const chunk = this.#chunks.shift();
    this.#isReadPending = chunk === undefined && !this.#hasEnded;
    if (chunk !== undefined) {
      this.#bytes -= chunk.length;
      this.#budget.give(chunk.length);
      this.stream.push(chunk);
    } else if (this.#hasEnded) this.stream.push(null);
  }
}
