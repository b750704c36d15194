/** What smaller bodies take as well. */
const SMALLEST = 2 * 1024;
const LARGEST_KEPT = 256 * 1024;
/** Of each of the eight sizes. */
const MOST_KEPT_BYTES = 2 * 1024 * 1024;

const free = new Map<number, Buffer[]>();

/**
 * Memory for captured bodies, used again when they are let go of: new memory for each of them would be outside of V8's heap,
 * cold, and for other threads to give back, which took about 10 µs of CPU for two bodies of 20 KB.
 * @returns at least that many bytes, with whatever was in them before
 */
export function takeBodyMemory(bytes: number): Buffer {
  let size = SMALLEST;
  while (size < bytes) size *= 2;
  return free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
}

/** To be called once, by whom it was given to, when nobody looks at it any more. */
export function giveBodyMemory(memory: Buffer): void {
  const size = memory.length;
  if (size > LARGEST_KEPT) return;
  const kept = free.get(size);
  if (kept === undefined) free.set(size, [memory]);
  else if (kept.length * size < MOST_KEPT_BYTES) kept.push(memory);
}
