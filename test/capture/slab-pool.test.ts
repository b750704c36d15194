import { describe, expect, it } from "vitest";
import { Slab, SlabPool } from "../../src/capture/slab-pool.ts";

const KB = 1024;

function filled(slab: Slab, ...sizes: number[]): ArrayBuffer {
  for (const size of sizes) {
    slab.reserve(size);
    slab.append(new Uint8Array(size).fill(size % 251));
  }
  return slab.take() as ArrayBuffer;
}

describe("Slab", () => {
  it("keeps what is in it while it grows, and says where each part begins", () => {
    const slab = new Slab(new SlabPool());
    const starts = [40, 50, 60].map((kb) => {
      slab.reserve(kb * KB);
      return slab.append(new Uint8Array(kb * KB).fill(kb));
    });
    expect([starts, slab.used]).toEqual([[0, 40 * KB, 90 * KB], 150 * KB]);
    const bytes = new Uint8Array(slab.take() as ArrayBuffer);
    expect(bytes.length).toBe(256 * KB);
    expect(starts.map((start) => bytes[start])).toEqual([40, 50, 60]);
    expect(bytes[150 * KB - 1]).toBe(60);
    expect([slab.used, slab.take()]).toEqual([0, null]);
  });

  it("is at first as large as the last one turned out to be, but not beyond what the pool keeps", () => {
    const slab = new Slab(new SlabPool());
    expect(filled(slab, KB).byteLength).toBe(64 * KB);
    expect(filled(slab, 200 * KB).byteLength).toBe(256 * KB);
    expect(filled(slab, KB).byteLength).toBe(256 * KB);
    expect(filled(slab, KB).byteLength).toBe(64 * KB);
    expect(filled(slab, 3_000_000).byteLength).toBe(3_000_000);
    expect(filled(slab, KB).byteLength).toBe(1024 * KB);
  });

  it("takes memory that the pool got back", () => {
    const pool = new SlabPool();
    const slab = new Slab(pool);
    const first = filled(slab, KB);
    pool.give(first);
    expect(filled(slab, KB)).toBe(first);
  });
});
