import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endOf, MAX_BLOCKS, planBlocks, type BlockExtent } from "../../src/store/block-layout.ts";

function extents(blocks: readonly BlockExtent[]): BlockExtent[] {
  return blocks.map(({ level, first }) => ({ level, first }));
}

function added(groups: readonly (readonly number[])[]): BlockExtent[] {
  return groups.reduce<BlockExtent[]>(
    (blocks, slots) =>
      extents(
        planBlocks(
          blocks,
          [...new Set(slots)].toSorted((a, b) => a - b),
        ),
      ),
    [],
  );
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** The numbers of blocks by level, from level 0. */
function counts(blocks: readonly BlockExtent[]): number[] {
  return range(0, Math.max(...blocks.map(({ level }) => level)) + 1).map(
    (level) => blocks.filter((block) => block.level === level).length,
  );
}

/** Times of about now, from dense traffic to a request now and then. */
const slotsOf = fc
  .record({ from: fc.integer({ min: 13_000_000_000, max: 14_000_000_000 }), spread: fc.integer({ min: 1, max: 24 }) })
  .chain(({ from, spread }) =>
    fc.array(fc.integer({ min: from, max: from + 2 ** spread }), { minLength: 1, maxLength: 300 }),
  );

describe("planBlocks", () => {
  it("keeps the first 32 slots apart", () => {
    expect(added([range(100, 132)])).toEqual(range(100, 132).map((first) => ({ level: 0, first })));
  });

  it("raises the top level with the 33rd slot, and keeps the newest slots apart", () => {
    const blocks = added([range(0, 33)]);
    expect(counts(blocks)).toEqual([3, 15]);
    expect(blocks.slice(-4)).toEqual([
      { level: 1, first: 28 },
      { level: 0, first: 30 },
      { level: 0, first: 31 },
      { level: 0, first: 32 },
    ]);
  });

  it("divides an hour of continuous traffic from 16 to 32 long blocks down to short ones", () => {
    expect(counts(added([range(0, 8 * 3_600)]))).toEqual([0, 0, 4, 4, 3, 3, 3, 4, 3, 3, 25]);
  });

  it("names the blocks that merge and the slots that are new", () => {
    const blocks = extents(planBlocks([], range(0, 33)));
    const planned = planBlocks(blocks, [33, 34, 35]);
    expect(planned.filter(({ merged, slots }) => merged.length !== 1 || slots.length > 0)).toEqual([
      { level: 1, first: 30, merged: blocks.slice(-3, -1), slots: [] },
      { level: 0, first: 33, merged: [], slots: [33] },
      { level: 0, first: 34, merged: [], slots: [34] },
      { level: 0, first: 35, merged: [], slots: [35] },
    ]);
  });

  it("adds a late slot to the block that covers it", () => {
    const blocks = extents(planBlocks([], [...range(0, 16), ...range(32, 64)]));
    expect(planBlocks(blocks, [3]).find(({ slots }) => slots.length > 0)).toMatchObject({ level: 1, first: 2 });
  });

  it("gives a late slot that no block covers the length of its neighbors", () => {
    const blocks = extents(planBlocks([], [...range(0, 16), ...range(32, 64)]));
    expect(planBlocks(blocks, [19]).find(({ slots }) => slots.length > 0)).toEqual({
      level: 1,
      first: 18,
      merged: [],
      slots: [19],
    });
  });

  it("does not depend on order and grouping, and stays dyadic, disjoint, ascending, bounded and complete", () => {
    fc.assert(
      fc.property(slotsOf, fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 20 }), (slots, sizes) => {
        const groups: number[][] = [];
        let from = 0;
        for (const size of [...sizes, slots.length]) {
          groups.push(slots.slice(from, from + size));
          from += size;
        }
        const blocks = added(groups.filter((group) => group.length > 0));
        expect(blocks).toEqual(added([slots]));
        expect(blocks.length).toBeLessThanOrEqual(MAX_BLOCKS);
        for (const [at, block] of blocks.entries()) {
          expect(block.first % 2 ** block.level).toBe(0);
          expect(block.first).toBeGreaterThanOrEqual(at === 0 ? 0 : endOf(blocks[at - 1] as BlockExtent));
          expect(slots.some((slot) => slot >= block.first && slot < endOf(block))).toBe(true);
        }
        for (const slot of slots) expect(blocks.some((block) => slot >= block.first && slot < endOf(block))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
