const SMALLEST = 64 * 1024;
const LARGEST_KEPT = 1024 * 1024;
const KEPT_PER_SIZE = 8;

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
