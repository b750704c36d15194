import { describe, expect, it } from "vitest";
import { BatchSlab, createSlabPool } from "../../src/transfer/batch-slab.ts";

const KB = 1024;

function filled(slab: BatchSlab, ...sizes: number[]): SharedArrayBuffer {
  for (const size of sizes) {
    slab.reserve(size);
    slab.append(new Uint8Array(size).fill(size % 251));
  }
  return slab.take() as SharedArrayBuffer;
}

describe("a batch slab", () => {
  it("keeps its content while it grows, and returns the offset of each part", () => {
    const slab = new BatchSlab(createSlabPool());
    const starts = [40, 50, 60].map((kb) => {
      slab.reserve(kb * KB);
      return slab.append(new Uint8Array(kb * KB).fill(kb));
    });
    expect([starts, slab.used]).toEqual([[0, 40 * KB, 90 * KB], 150 * KB]);
    const bytes = new Uint8Array(slab.take() as SharedArrayBuffer);
    expect(bytes.length).toBe(256 * KB);
    expect(starts.map((start) => bytes[start])).toEqual([40, 50, 60]);
    expect(bytes[150 * KB - 1]).toBe(60);
    expect([slab.used, slab.take()]).toEqual([0, null]);
  });

  it("starts with the size of the previous slab, but at most with the largest size of the pool", () => {
    const slab = new BatchSlab(createSlabPool());
    expect(filled(slab, KB).byteLength).toBe(64 * KB);
    expect(filled(slab, 200 * KB).byteLength).toBe(256 * KB);
    expect(filled(slab, KB).byteLength).toBe(256 * KB);
    expect(filled(slab, KB).byteLength).toBe(64 * KB);
    expect(filled(slab, 3_000_000).byteLength).toBe(3_000_000);
    expect(filled(slab, KB).byteLength).toBe(1024 * KB);
  });

  it("reuses memory that was released to the pool", () => {
    const pool = createSlabPool();
    const slab = new BatchSlab(pool);
    const first = filled(slab, KB);
    pool.release(Buffer.from(first));
    expect(filled(slab, KB)).toBe(first);
  });
});
