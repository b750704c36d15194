const SMALLEST = 64 * 1024;
const LARGEST_KEPT = 1024 * 1024;
const KEPT_PER_SIZE = 8;
const NOTHING = new Uint8Array(new ArrayBuffer(0));

/** Memory for batches, used again when a compare thread sends it back. */
export class SlabPool {
  readonly #free = new Map<number, ArrayBuffer[]>();

  /** @returns at least that many bytes, with whatever was in them before */
  take(bytes: number): ArrayBuffer {
    const size = sizeFor(bytes);
    return this.#free.get(size)?.pop() ?? new ArrayBuffer(size);
  }

  /** Takes back a slab; one of an unusual size, or one too many, is left to the garbage collector. */
  give(slab: ArrayBuffer): void {
    const size = slab.byteLength;
    if (size > LARGEST_KEPT || size !== sizeFor(size)) return;
    const free = this.#free.get(size) ?? [];
    if (free.length < KEPT_PER_SIZE) free.push(slab);
    this.#free.set(size, free);
  }
}

/** Powers of two, so that slabs fit again; one large exchange gets exactly what it needs. */
function sizeFor(bytes: number): number {
  if (bytes > LARGEST_KEPT) return bytes;
  let size = SMALLEST;
  while (size < bytes) size *= 2;
  return size;
}

/** Bytes one behind the other, in memory of the pool that grows with them. */
export class Slab {
  readonly #pool: SlabPool;
  #memory = NOTHING;
  #used = 0;
  /** What was in the last memory: so much is likely to come again, and is then not copied while it grows. */
  #expected = 0;

  constructor(pool: SlabPool) {
    this.#pool = pool;
  }

  get used(): number {
    return this.#used;
  }

  /** Makes room for so many bytes more. */
  reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#memory.length) return;
    const grown = new Uint8Array(this.#pool.take(Math.max(needed, Math.min(this.#expected, LARGEST_KEPT))));
    grown.set(this.#memory.subarray(0, this.#used));
    this.#pool.give(this.#memory.buffer);
    this.#memory = grown;
  }

  /** Copies bytes for which there is room. @returns where they begin */
  append(bytes: Uint8Array): number {
    const start = this.#used;
    this.#memory.set(bytes, start);
    this.#used += bytes.length;
    return start;
  }

  /** @returns the memory, to be sent; null when nothing is in it. Empty afterwards */
  take(): ArrayBuffer | null {
    if (this.#used === 0) return null;
    const { buffer } = this.#memory;
    this.#expected = this.#used;
    this.#memory = NOTHING;
    this.#used = 0;
    return buffer;
  }
}
