import { BufferPool } from "../lib/buffer-pool.ts";

const NO_MEMORY: Buffer<SharedArrayBuffer> = allocateShared(0);

/** Memory for slabs. A slab is reused when its batch has been compared. */
export function createSlabPool(): BufferPool<SharedArrayBuffer> {
  return new BufferPool({
    minBytes: 64 * 1024,
    maxBytes: 1024 * 1024,
    maxFreeBytesPerSize: 4 * 1024 * 1024,
    allocate: allocateShared,
  });
}

function allocateShared(bytes: number): Buffer<SharedArrayBuffer> {
  return Buffer.from(new SharedArrayBuffer(bytes));
}

/**
 * The memory of all bodies in a batch, one after the other. The compare thread reads it without a copy. It is shared and not
 * transferred: a batch whose compare thread dies is sent to another one.
 */
export class BatchSlab {
  readonly #pool: BufferPool<SharedArrayBuffer>;
  #memory = NO_MEMORY;
  #used = 0;
  /** Size of the previous slab. The next one starts with that size, so that it is rarely copied while it grows. */
  #expectedBytes = 0;

  constructor(pool: BufferPool<SharedArrayBuffer>) {
    this.#pool = pool;
  }

  get used(): number {
    return this.#used;
  }

  /** Makes sure that there is space for this many more bytes. */
  reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#memory.length) return;
    const grown = this.#pool.acquire(Math.max(needed, Math.min(this.#expectedBytes, this.#pool.maxBytes)));
    grown.set(this.#memory.subarray(0, this.#used));
    this.#pool.release(this.#memory);
    this.#memory = grown;
  }

  /** Copies bytes for which space was reserved. @returns their offset */
  append(bytes: Uint8Array): number {
    const offset = this.#used;
    // `set` copies into shared memory word by word, which takes three times as long for 20 KB.
    if (Buffer.isBuffer(bytes)) bytes.copy(this.#memory, offset);
    else this.#memory.set(bytes, offset);
    this.#used += bytes.length;
    return offset;
  }

  /** Empties the slab. @returns its memory, or null when there is nothing in it */
  take(): SharedArrayBuffer | null {
    if (this.#used === 0) return null;
    const { buffer } = this.#memory;
    this.#expectedBytes = this.#used;
    this.#memory = NO_MEMORY;
    this.#used = 0;
    return buffer;
  }
}
