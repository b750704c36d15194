import { countStreamedBytes } from "../../lib/garbage-collection.ts";

/** Below this new memory costs less than keeping the old. */
const SMALLEST_KEPT = 16 * 1024;
/** What one read of a socket brings at most, and room for a head before it. */
const CHUNK_BYTES = 72 * 1024;
const MOST_KEPT = 64;

/**
 * Memory for pieces of bodies on their way to clients. A large body leaves so little other garbage behind that, if each of its
 * pieces had new memory, V8 would not look for it before 64 MB had gathered.
 */
export class ChunkPool {
  readonly #free: Buffer[] = [];

  /** @returns so many bytes, and what is to be called when nobody needs them any more; null where that is left to V8 */
  take(length: number): { readonly chunk: Buffer; readonly done: (() => void) | null } {
    if (length < SMALLEST_KEPT || length > CHUNK_BYTES) return { chunk: Buffer.allocUnsafe(length), done: null };
    const memory = this.#free.pop() ?? newMemory();
    return { chunk: memory.subarray(0, length), done: () => this.#give(memory) };
  }

  #give(memory: Buffer): void {
    if (this.#free.length < MOST_KEPT) this.#free.push(memory);
  }
}

function newMemory(): Buffer {
  countStreamedBytes(CHUNK_BYTES);
  return Buffer.allocUnsafeSlow(CHUNK_BYTES);
}
