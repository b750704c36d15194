import { createHash, type Hash } from "node:crypto";
import { BufferPool } from "../lib/buffer-pool.ts";
import type { ByteBudget } from "./byte-budget.ts";

const NO_MEMORY: Buffer<ArrayBuffer> = Buffer.alloc(0);
/** Memory for captured bodies, shared by all captures of the thread. */
const pool = new BufferPool({
  minBytes: 2 * 1024,
  maxBytes: 256 * 1024,
  maxFreeBytesPerSize: 2 * 1024 * 1024,
  allocate: (bytes) => Buffer.allocUnsafeSlow(bytes),
});

/** Records the first bytes of a body as it streams through, and a hash of the rest, so that any two bodies can be compared. */
export class BodyRecorder {
  readonly #cap: number;
  readonly #budget: ByteBudget;
  #memory = NO_MEMORY;
  /** Bytes recorded in the memory, which are charged to the budget. */
  #recorded = 0;
  #length = 0;
  #tail: Hash | null = null;
  #tailHash: string | null = null;
  #isReleased = false;

  /** @param cap maximum number of recorded bytes */
  constructor(cap: number, budget: ByteBudget) {
    this.#cap = cap;
    this.#budget = budget;
  }

  /** Bytes of the body so far, including those beyond the cap. */
  get length(): number {
    return this.#length;
  }

  /**
   * Records the next chunk. It is copied: its memory stays the caller's.
   * @returns false when the budget is exhausted, or the recorder is released; the recording is then unusable
   */
  add(chunk: Buffer): boolean {
    if (this.#isReleased) return false;
    this.#length += chunk.length;
    const bytes = Math.min(chunk.length, this.#cap - this.#recorded);
    if (bytes > 0) {
      if (!this.#budget.tryTake(bytes)) return false;
      if (this.#recorded + bytes > this.#memory.length) this.#grow(this.#recorded + bytes);
      chunk.copy(this.#memory, this.#recorded, 0, bytes);
      this.#recorded += bytes;
    }
    if (bytes < chunk.length) (this.#tail ??= createHash("sha256")).update(chunk.subarray(bytes));
    return true;
  }

  /** The first bytes: a view that is valid until `release`, which lets the memory be reused. */
  prefix(): Buffer {
    return this.#memory.subarray(0, this.#recorded);
  }

  /** Hexadecimal SHA-256 of the bytes beyond the prefix, or null when there are none. Call it when the body has ended. */
  tailHash(): string | null {
    if (this.#tail !== null) this.#tailHash ??= this.#tail.digest("hex");
    return this.#tailHash;
  }

  equals(other: BodyRecorder): boolean {
    return (
      this.#length === other.#length && this.tailHash() === other.tailHash() && this.prefix().equals(other.prefix())
    );
  }

  /** Frees the recorded bytes. Idempotent. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#budget.give(this.#recorded);
    this.#recorded = 0;
    pool.release(this.#memory);
    this.#memory = NO_MEMORY;
  }

  #grow(bytes: number): void {
    const grown = pool.acquire(Math.max(bytes, 2 * this.#memory.length));
    this.#memory.copy(grown, 0, 0, this.#recorded);
    pool.release(this.#memory);
    this.#memory = grown;
  }
}
