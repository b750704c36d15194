import { createHash, type Hash } from "node:crypto";
import type { ByteBudget } from "./byte-budget.ts";

const NOTHING = Buffer.alloc(0);

/** Keeps the first bytes of a body that streams by, and a hash of the rest, so that any two bodies can be told apart. */
export class BodyTap {
  readonly #cap: number;
  readonly #budget: ByteBudget;
  #chunks: Buffer[] = [];
  #kept = 0;
  #length = 0;
  #tail: Hash | null = null;
  #tailHash: string | null = null;
  #released = false;

  /** @param cap bytes to keep at most */
  constructor(cap: number, budget: ByteBudget) {
    this.#cap = cap;
    this.#budget = budget;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Takes note of the next chunk; what is kept of it is copied.
   * @returns false when the budget has no room for it; the tap is then of no more use
   */
  add(chunk: Buffer): boolean {
    this.#length += chunk.length;
    const kept = Math.min(chunk.length, this.#cap - this.#kept);
    if (kept > 0) {
      if (!this.#budget.tryTake(kept)) return false;
      this.#kept += kept;
      this.#chunks.push(Buffer.from(kept === chunk.length ? chunk : chunk.subarray(0, kept)));
    }
    if (kept < chunk.length) (this.#tail ??= createHash("sha256")).update(chunk.subarray(kept));
    return true;
  }

  /** The first bytes; empty after `release`. */
  prefix(): Buffer {
    if (this.#chunks.length === 0) return NOTHING;
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks, this.#kept)];
    return this.#chunks[0] ?? NOTHING;
  }

  /** Hexadecimal hash over everything beyond the prefix, or null when nothing is. For a body that has ended. */
  tailHash(): string | null {
    if (this.#tail !== null) this.#tailHash ??= this.#tail.digest("hex");
    return this.#tailHash;
  }

  equals(other: BodyTap): boolean {
    return (
      this.#length === other.#length && this.tailHash() === other.tailHash() && this.prefix().equals(other.prefix())
    );
  }

  /** Lets go of the kept bytes; may be called twice. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#budget.give(this.#kept);
    this.#chunks = [];
  }
}
