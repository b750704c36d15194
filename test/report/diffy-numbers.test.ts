import { describe, expect, it } from "vitest";
import { diffyNumbers } from "../../src/report/diffy-numbers.ts";

describe("diffyNumbers", () => {
  it.each([
    ["one request with one difference is enough for Diffy", 1, 0, 1, { relative: 100, absolute: 100, flagged: true }],
    ["relative exactly 20 % is not", 3, 2, 100, { relative: 20, absolute: 1, flagged: false }],
    ["relative above 20 % is", 31, 20, 10_000, { relative: (11 / 51) * 100, absolute: 0.11, flagged: true }],
    ["absolute exactly 0.03 % is not", 3, 0, 10_000, { relative: 100, absolute: 0.03, flagged: false }],
    ["less than the noise is not", 2, 40, 100, { relative: (38 / 42) * 100, absolute: 38, flagged: false }],
    ["nothing is nothing", 0, 0, 0, { relative: 0, absolute: 0, flagged: false }],
  ])("%s", (_, raw, noise, total, numbers) => {
    expect(diffyNumbers(raw, noise, total)).toEqual(numbers);
  });
});
