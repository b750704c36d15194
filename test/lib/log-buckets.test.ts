import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketOf,
  coarseBucket,
  fineBucketOf,
  fineValueAt,
  middleFineBucket,
  valueAt,
} from "../../src/lib/log-buckets.ts";
import { minuteOfSlot, slotOf, slotStart } from "../../src/lib/time-slots.ts";

describe("fine buckets", () => {
  it("lie within the bucket of the same value and contain the value", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e7, noNaN: true }), (value) => {
        const bucket = fineBucketOf(value);
        expect(coarseBucket(bucket)).toBe(bucketOf(value));
        expect(fineValueAt(bucket)).toBeLessThanOrEqual(value * (1 + 1e-12));
        expect(fineValueAt(bucket + 1)).toBeGreaterThan(value * (1 - 1e-12));
      }),
    );
  });

  it("are a quarter of a percent wide, sixteen to a bucket", () => {
    expect(fineValueAt(1)).toBeCloseTo(1.002454, 6);
    expect(fineValueAt(32)).toBeCloseTo(valueAt(2), 12);
    expect([middleFineBucket(-2), coarseBucket(middleFineBucket(-2))]).toEqual([-24, -2]);
  });
});

describe("time slots", () => {
  it("are eighths of a second of a minute", () => {
    expect([slotOf(120_000), slotOf(120_124), slotOf(120_125)]).toEqual([960, 960, 961]);
    expect([slotStart(961), minuteOfSlot(1_439), minuteOfSlot(1_440)]).toEqual([120_125, 2, 3]);
  });
});
