import { streamedChunk } from "../lib/streamed-garbage.ts";

/** Below this a copy costs less than keeping its memory. */
const SMALLEST_KEPT = 16 * 1024;
/** What one read of a socket brings at most. */
const CHUNK_BYTES = 64 * 1024;
const MOST_KEPT = 64;

/**
 * Memory for pieces of bodies on their way to clients. A large body leaves so little other garbage behind that, if each of its
 * pieces had new memory, V8 would not look for it before 64 MB had gathered.
 */
export class ChunkPool {
  readonly #free: Buffer[] = [];

  /**
   * Copies a piece.
   * @returns the copy, and what is to be called when nobody needs it any more; null where that is left to V8
   */
  copy(piece: Buffer): { readonly chunk: Buffer; readonly done: (() => void) | null } {
    if (piece.length < SMALLEST_KEPT || piece.length > CHUNK_BYTES) return { chunk: Buffer.from(piece), done: null };
    const memory = this.#free.pop() ?? newMemory();
    piece.copy(memory);
    return { chunk: memory.subarray(0, piece.length), done: () => this.#give(memory) };
  }

  #give(memory: Buffer): void {
    if (this.#free.length < MOST_KEPT) this.#free.push(memory);
  }
}

function newMemory(): Buffer {
  streamedChunk(CHUNK_BYTES);
  return Buffer.allocUnsafeSlow(CHUNK_BYTES);
}
