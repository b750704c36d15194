import { assert, double, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { betaAbove } from "../../../src/report/statistics/beta-function.ts";

const parameter = double({ min: 0.5, max: 2000, noNaN: true });

describe("betaAbove", () => {
  it("has known values", () => {
    expect(betaAbove(0.5, 0.5, 0.5)).toBeCloseTo(0.5, 13);
    expect(betaAbove(0.5, 1.5, 0.5)).toBeCloseTo(0.5 + 1 / Math.PI, 13);
    expect(betaAbove(0.25, 1, 1)).toBeCloseTo(0.75, 13);
    expect(betaAbove(0.1, 1, 3)).toBeCloseTo(0.9 ** 3, 13);
    expect(betaAbove(0.1, 3, 1)).toBeCloseTo(1 - 0.1 ** 3, 13);
  });

  it("is a share that falls with x, and mirrors its parameters", () => {
    assert(
      property(parameter, parameter, double({ min: 0.01, max: 0.98, noNaN: true }), (a, b, x) => {
        const above = betaAbove(x, a, b);
        expect(above).toBeGreaterThanOrEqual(-1e-9);
        expect(above).toBeLessThanOrEqual(1 + 1e-9);
        expect(betaAbove(x + 0.01, a, b)).toBeLessThanOrEqual(above + 1e-9);
        expect(above + betaAbove(1 - x, b, a)).toBeCloseTo(1, 9);
      }),
    );
  });
});
