import * as fc from "fast-check";
import { expect, it } from "vitest";
import { changeBuckets, NO_COUNTS, sumBuckets } from "../../src/store/sum-buckets.ts";
import { bucketCounts } from "../report/memory-blocks.ts";

const row = fc.record({ bucket: fc.integer({ min: -3_000, max: 3_000 }), count: fc.integer({ min: 1, max: 9 }) });
const near = row.map(({ bucket, count }) => ({ bucket: Math.trunc(bucket / 300), count }));
const rows = fc.array(fc.oneof(fc.array(row, { maxLength: 8 }), fc.array(near, { maxLength: 60 })), { maxLength: 6 });

it("adds up the counts of each bucket, in ascending order, whether they are close together or far apart", () => {
  fc.assert(
    fc.property(rows, (all) => {
      expect(sumBuckets(all.map(bucketCounts))).toEqual(bucketCounts(all.flat()));
    }),
  );
});

it("returns the only list that has counts as it is", () => {
  const only = bucketCounts([{ bucket: 3, count: 1 }]);
  expect(sumBuckets([NO_COUNTS, only, NO_COUNTS])).toBe(only);
  expect(sumBuckets([])).toBe(NO_COUNTS);
});

it("changes a sum bucket by bucket as if everything were added up again", () => {
  const many = fc.array(near, { minLength: 40, maxLength: 60 });
  const few = fc.array(fc.array(fc.oneof(near, row), { maxLength: 3 }), { maxLength: 3 });
  fc.assert(
    fc.property(many, few, few, (kept, removed, added) => {
      const sum = bucketCounts([...kept, ...removed.flat()]);
      const changed = changeBuckets(sum, added.map(bucketCounts), removed.map(bucketCounts));
      expect(changed).toEqual(bucketCounts([...kept, ...added.flat()]));
    }),
  );
});
