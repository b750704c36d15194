import { array, assert, integer, nat, property, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { seriesOf, sumBlocks, sumSeries, type BlockSeries } from "../../../src/report/statistics/block-series.ts";

/** Disjoint dyadic blocks within 64 slots. */
const dyadic = array(tuple(nat({ max: 4 }), nat({ max: 63 }), integer({ min: 1, max: 50 }), nat({ max: 9 })), {
  maxLength: 20,
}).map((drawn): BlockSeries => {
  const blocks: { startedAt: number; endsAt: number; pairs: number; first: number }[] = [];
  for (const [level, slot, pairs, first] of drawn) {
    const startedAt = Math.floor(slot / 2 ** level) * 2 ** level;
    const block = { startedAt, endsAt: startedAt + 2 ** level, pairs, first };
    if (blocks.every((other) => other.endsAt <= startedAt || other.startedAt >= block.endsAt)) blocks.push(block);
  }
  blocks.sort((a, b) => a.startedAt - b.startedAt);
  return seriesOf(blocks, ({ pairs, first }) => ({ pairs, first, second: 1 }));
});

const total = (series: BlockSeries) => sumBlocks(series, 0, series.pairs.length);

describe("sumSeries", () => {
  it("keeps all counts and gives disjoint blocks in order", () => {
    assert(
      property(array(dyadic, { maxLength: 5 }), (all) => {
        const sum = sumSeries(all);
        const totals = all.map(total);
        expect(total(sum)).toEqual({
          pairs: totals.reduce((pairs, each) => pairs + each.pairs, 0),
          first: totals.reduce((first, each) => first + each.first, 0),
          second: totals.reduce((second, each) => second + each.second, 0),
        });
        for (const [at, startedAt] of sum.startedAt.entries()) {
          expect(startedAt).toBeGreaterThanOrEqual(sum.endsAt[at - 1] ?? 0);
        }
      }),
    );
  });
});

describe("seriesOf", () => {
  it("leaves out blocks without pairs", () => {
    const blocks = [0, 5, 0, 7].map((pairs, at) => ({ pairs, startedAt: at, endsAt: at + 1 }));
    expect(seriesOf(blocks, ({ pairs }) => ({ pairs, first: 1, second: 0 }))).toEqual({
      startedAt: [1, 3],
      endsAt: [2, 4],
      pairs: [5, 7],
      first: [1, 1],
      second: [0, 0],
    });
  });
});
