import { describe, expect, it } from "vitest";
import { stillNeeded } from "../../../src/report/judge/parity-verdict.ts";
import { GATE } from "../memory-reader.ts";

describe("stillNeeded", () => {
  it.each([
    [0, 0, 4104],
    [4103, 0, 1],
    [4104, 0, 0],
    [5000, 1, 2070],
    [9345, 2, 0],
  ])("of %i compared and %i counting is %i", (compared, counting, needed) => {
    expect(stillNeeded({ compared, counting }, GATE)).toBe(needed);
  });

  it("is at least the minimum of the gate", () => {
    expect(stillNeeded({ compared: 300, counting: 0 }, { parity: 0.99, minCompared: 1000 })).toBe(700);
  });
});
