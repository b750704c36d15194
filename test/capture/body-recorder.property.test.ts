import { array, assert, constantFrom, nat, oneof, property, record, tuple, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { BodyRecorder } from "../../src/capture/body-recorder.ts";
import { ByteBudget } from "../../src/capture/byte-budget.ts";

const CAP = 10_000;
const TAPS = 4;
/** Together some bodies stay below the cap, and some go beyond; many are equal. */
const chunk = oneof(
  uint8Array({ minLength: 1, maxLength: 40 }),
  tuple(constantFrom(0x61, 0x62), constantFrom(1, 1_000, 2_048, 4_096, 9_999)).map(([byte, length]) =>
    new Uint8Array(length).fill(byte),
  ),
);
const step = oneof(
  { weight: 12, arbitrary: record({ type: constantFrom("add"), tap: nat(TAPS - 1), chunk }) },
  { weight: 1, arbitrary: record({ type: constantFrom("release"), tap: nat(TAPS - 1), chunk }) },
);

interface Modelled {
  tap: BodyRecorder;
  bytes: Buffer;
}

const hashed = ({ tap, bytes }: Modelled): boolean => (tap.tailHash() === null) === bytes.length <= CAP;

describe("BodyRecorder, whatever other bodies come and go in the same memory", () => {
  it("keeps the very bytes up to the cap, equals what is equal, and takes and gives the budget exactly", () => {
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const budget = new ByteBudget(Infinity);
        const begin = (): Modelled => ({ tap: new BodyRecorder(CAP, budget), bytes: Buffer.alloc(0) });
        const taps = Array.from({ length: TAPS }, begin);
        const released: BodyRecorder[] = [];
        for (const { type, tap: index, chunk } of steps) {
          const one = taps[index] as Modelled;
          if (type === "release") {
            one.tap.release();
            released.push(one.tap);
            taps[index] = begin();
            continue;
          }
          // The chunk is the receiver's during the call only.
          const lent = Buffer.from(chunk);
          one.tap.add(lent);
          lent.fill(0);
          one.bytes = Buffer.concat([one.bytes, chunk]);
        }
        for (const tap of released) expect(tap.prefix().length).toBe(0);
        for (const { tap, bytes } of taps) {
          expect(tap.prefix().equals(bytes.subarray(0, CAP))).toBe(true);
          expect(tap.length).toBe(bytes.length);
        }
        expect(budget.used).toBe(taps.reduce((sum, { bytes }) => sum + Math.min(CAP, bytes.length), 0));
        for (const one of taps) {
          expect(hashed(one)).toBe(true);
          for (const other of taps) expect(one.tap.equals(other.tap)).toBe(one.bytes.equals(other.bytes));
        }
        for (const { tap } of taps) tap.release();
        expect(budget.used).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });
});
