import { describe, expect, it } from "vitest";
import { slotStart } from "../../../src/lib/time-slots.ts";
import { startPoints } from "../../../src/report/statistics/start-points.ts";
import { endOf, planBlocks } from "../../../src/store/block-layout.ts";

/** The blocks of a run with requests in every slot. */
function blocksAfter(slots: number) {
  return planBlocks(
    [],
    Array.from({ length: slots }, (_, slot) => slot),
  ).map((block) => ({
    startedAt: slotStart(block.first),
    endsAt: slotStart(endOf(block)),
  }));
}

describe("startPoints", () => {
  it("are the starts of blocks with enough of the run before and after them", () => {
    const blocks = blocksAfter(1_000);
    const points = startPoints(blocks);
    const end = blocks.at(-1)?.endsAt ?? 0;
    expect(points[0]?.index).toBe(8);
    for (const { index } of points) {
      expect(end - (blocks[index]?.startedAt ?? 0)).toBeGreaterThanOrEqual(2_000);
      expect(blocks.length - index).toBeGreaterThanOrEqual(4);
    }
    expect(startPoints(blocksAfter(10))).toEqual([]);
    expect(startPoints([])).toEqual([]);
  });

  it("have weights that add up to at most 1 over all start points that a run ever has", () => {
    const weights = new Map<string, number>();
    for (let slots = 20; slots <= 2_000; slots++) {
      const blocks = blocksAfter(slots);
      for (const { index, price } of startPoints(blocks)) {
        const { startedAt = 0, endsAt = 0 } = blocks[index] ?? {};
        weights.set(`${startedAt} ${endsAt}`, Math.exp(-price));
      }
    }
    const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
    expect(sum).toBeLessThanOrEqual(1);
  });
});
