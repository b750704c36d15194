export interface BufferPoolOptions<Memory extends ArrayBufferLike> {
  /** Size of the smallest buffers. The other sizes double from here. */
  readonly minBytes: number;
  /** Size of the largest buffers that are pooled. A larger buffer gets exactly the requested size, and is garbage-collected. */
  readonly maxBytes: number;
  /** Limit of the free memory of each size. */
  readonly maxFreeBytesPerSize: number;
  /** Called when no free buffer fits. @returns memory of exactly this size, with arbitrary content */
  allocate(bytes: number): Buffer<Memory>;
}

/**
 * Reuses the memory of buffers that are too large or too frequent for the garbage collector. V8 does not count the memory of
 * buffers well enough to collect them in time, and allocating and freeing 20 KB outside of its heap costs some 5 µs.
 *
 * Each buffer has memory of its own, so that it can be sent to another thread. A buffer must be released at most once, and
 * only when nothing can read it any longer. If that is not certain (a write that failed, a reset HTTP/2 stream whose frames
 * still wait in the session's queue), it must not be released: the garbage collector takes it.
 */
export class BufferPool<Memory extends ArrayBufferLike = ArrayBuffer> {
  readonly #options: BufferPoolOptions<Memory>;
  readonly #free = new Map<number, Buffer<Memory>[]>();

  constructor(options: BufferPoolOptions<Memory>) {
    this.#options = options;
  }

  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  /** @returns a buffer of at least this size, with arbitrary content */
  acquire(bytes: number): Buffer<Memory> {
    const size = this.#sizeFor(bytes);
    const free = this.#free.get(size)?.pop();
    return free ?? this.#options.allocate(size);
  }

  /** Takes back a buffer of this pool. A buffer of another size, or beyond the limit, is left to the garbage collector. */
  release(buffer: Buffer<Memory>): void {
    const size = buffer.length;
    const { maxBytes, maxFreeBytesPerSize } = this.#options;
    if (size > maxBytes || size !== this.#sizeFor(size)) return;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [buffer]);
    else if ((free.length + 1) * size <= maxFreeBytesPerSize) free.push(buffer);
  }

  #sizeFor(bytes: number): number {
    const { minBytes, maxBytes } = this.#options;
    if (bytes > maxBytes) return bytes;
    let size = minBytes;
    while (size < bytes) size *= 2;
    return size;
  }
}
