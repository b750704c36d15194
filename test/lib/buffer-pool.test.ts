import { describe, expect, it } from "vitest";
import { BufferPool } from "../../src/lib/buffer-pool.ts";

const OPTIONS = {
  minBytes: 4,
  maxBytes: 16,
  maxFreeBytesPerSize: 16,
  allocate: (bytes: number) => Buffer.allocUnsafeSlow(bytes),
};

describe("a buffer pool", () => {
  it("rounds up to a power of two times the smallest size, and returns larger buffers in the exact size", () => {
    const pool = new BufferPool(OPTIONS);
    expect([0, 4, 5, 16, 17].map((bytes) => pool.acquire(bytes).length)).toEqual([4, 4, 8, 16, 17]);
  });

  it("reuses a released buffer of the same size only", () => {
    const pool = new BufferPool(OPTIONS);
    const released = pool.acquire(8);
    pool.release(released);
    expect(pool.acquire(16)).not.toBe(released);
    expect(pool.acquire(5)).toBe(released);
    expect(pool.acquire(5)).not.toBe(released);
  });

  it("retains no more free memory of a size than the limit, and no buffer of another size", () => {
    const allocated: number[] = [];
    const pool = new BufferPool({
      ...OPTIONS,
      allocate: (bytes) => {
        allocated.push(bytes);
        return Buffer.alloc(bytes);
      },
    });
    const buffers = [pool.acquire(8), pool.acquire(8), pool.acquire(8), pool.acquire(17)];
    for (const buffer of [...buffers, Buffer.alloc(6)]) pool.release(buffer);
    for (const bytes of [8, 8, 8, 17, 6]) pool.acquire(bytes);
    expect(allocated).toEqual([8, 8, 8, 17, 8, 17, 8]);
  });
});
