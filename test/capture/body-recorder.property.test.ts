import { array, assert, constantFrom, nat, oneof, property, record, tuple, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { BodyRecorder } from "../../src/capture/body-recorder.ts";
import { ByteBudget } from "../../src/capture/byte-budget.ts";

const CAP = 10_000;
const RECORDERS = 4;
/** Some bodies stay below the cap, some exceed it, and many are equal. */
const chunk = oneof(
  uint8Array({ minLength: 1, maxLength: 40 }),
  tuple(constantFrom(0x61, 0x62), constantFrom(1, 1_000, 2_048, 4_096, 9_999)).map(([byte, length]) =>
    new Uint8Array(length).fill(byte),
  ),
);
const step = oneof(
  { weight: 12, arbitrary: record({ type: constantFrom("add"), recorder: nat(RECORDERS - 1), chunk }) },
  { weight: 1, arbitrary: record({ type: constantFrom("release"), recorder: nat(RECORDERS - 1), chunk }) },
);

interface Modeled {
  recorder: BodyRecorder;
  bytes: Buffer;
}

const hashed = ({ recorder, bytes }: Modeled): boolean => (recorder.tailHash() === null) === bytes.length <= CAP;

describe("a body recorder that shares pooled memory with others", () => {
  it("records the exact bytes up to the cap, equals equal bodies only, and charges the budget exactly", () => {
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const budget = new ByteBudget(Infinity);
        const begin = (): Modeled => ({ recorder: new BodyRecorder(CAP, budget), bytes: Buffer.alloc(0) });
        const recorders = Array.from({ length: RECORDERS }, begin);
        const released: BodyRecorder[] = [];
        for (const { type, recorder: index, chunk } of steps) {
          const one = recorders[index] as Modeled;
          if (type === "release") {
            one.recorder.release();
            released.push(one.recorder);
            recorders[index] = begin();
            continue;
          }
          // The chunk is only valid during the call.
          const reused = Buffer.from(chunk);
          one.recorder.add(reused);
          reused.fill(0);
          one.bytes = Buffer.concat([one.bytes, chunk]);
        }
        for (const recorder of released) expect(recorder.prefix().length).toBe(0);
        for (const { recorder, bytes } of recorders) {
          expect(recorder.prefix().equals(bytes.subarray(0, CAP))).toBe(true);
          expect(recorder.length).toBe(bytes.length);
        }
        expect(budget.used).toBe(recorders.reduce((sum, { bytes }) => sum + Math.min(CAP, bytes.length), 0));
        for (const one of recorders) {
          expect(hashed(one)).toBe(true);
          for (const other of recorders)
            expect(one.recorder.equals(other.recorder)).toBe(one.bytes.equals(other.bytes));
        }
        for (const { recorder } of recorders) recorder.release();
        expect(budget.used).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });
});
