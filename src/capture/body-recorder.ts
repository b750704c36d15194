import { createHash, type Hash } from "node:crypto";
import { giveBodyMemory, takeBodyMemory } from "./body-memory.ts";
import type { ByteBudget } from "./byte-budget.ts";

const NOTHING = Buffer.alloc(0);

/** Keeps the first bytes of a body that streams by, and a hash of the rest, so that any two bodies can be told apart. */
export class BodyRecorder {
  readonly #cap: number;
  readonly #budget: ByteBudget;
  #memory: Buffer = NOTHING;
  /** Bytes in the memory, which the budget has given. */
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
   * @returns false when the budget has no room for it, or the tap is released; it is then of no more use
   */
  add(chunk: Buffer): boolean {
    if (this.#released) return false;
    this.#length += chunk.length;
    const kept = Math.min(chunk.length, this.#cap - this.#kept);
    if (kept > 0) {
      if (!this.#budget.tryTake(kept)) return false;
      if (this.#kept + kept > this.#memory.length) this.#grow(this.#kept + kept);
      chunk.copy(this.#memory, this.#kept, 0, kept);
      this.#kept += kept;
    }
    if (kept < chunk.length) (this.#tail ??= createHash("sha256")).update(chunk.subarray(kept));
    return true;
  }

  /** The first bytes. A view, good until `release`: the memory is used again then. */
  prefix(): Buffer {
    return this.#memory.subarray(0, this.#kept);
  }

  /** Hexadecimal hash over everything beyond the prefix, or null when nothing is. For a body that has ended. */
  tailHash(): string | null {
    if (this.#tail !== null) this.#tailHash ??= this.#tail.digest("hex");
    return this.#tailHash;
  }

  equals(other: BodyRecorder): boolean {
    return (
      this.#length === other.#length && this.tailHash() === other.tailHash() && this.prefix().equals(other.prefix())
    );
  }

  /** Lets go of the kept bytes; may be called twice. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#budget.give(this.#kept);
    this.#kept = 0;
    if (this.#memory !== NOTHING) giveBodyMemory(this.#memory);
    this.#memory = NOTHING;
  }

  #grow(bytes: number): void {
    const grown = takeBodyMemory(bytes);
    if (this.#memory !== NOTHING) {
      this.#memory.copy(grown, 0, 0, this.#kept);
      giveBodyMemory(this.#memory);
    }
    this.#memory = grown;
  }
}
