import { describe, expect, it } from "vitest";
import {
  formatFraction,
  formatTickDuration,
  formatTickTime,
  logarithmicTicks,
  signedTicks,
  timeLimits,
} from "../../../../web/src/ui/chart/axis-ticks.ts";

const AT = new Date(2026, 10, 20, 14, 3, 27, 125).getTime();

describe("labels of ticks", () => {
  it("are latencies in milliseconds or seconds, without trailing zeros, also negative", () => {
    expect([0, 0.125, 20, 999, 1_500, -40].map(formatTickDuration)).toEqual([
      "0 ms",
      "0.125 ms",
      "20 ms",
      "999 ms",
      "1.5 s",
      "-40 ms",
    ]);
  });

  it("are times as exact as their distance needs", () => {
    expect([86_400_000, 3_600_000, 60_000, 1_000, 125].map((step) => formatTickTime(AT, step))).toEqual([
      "2026-11-20",
      "14:03",
      "14:03",
      "14:03:27",
      "14:03:27.125",
    ]);
    expect(formatFraction(AT - 125)).toBe("14:03:27");
  });
});

describe("logarithmicTicks", () => {
  it("are round, and at most as many as fit", () => {
    expect(logarithmicTicks(0.9, 12, 20)).toEqual([1, 1.5, 2, 3, 4, 5, 7, 10]);
    expect(logarithmicTicks(0.9, 120, 8)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logarithmicTicks(0.9, 1_100, 4)).toEqual([1, 10, 100, 1_000]);
  });
});

describe("signedTicks", () => {
  it("are powers of ten on both sides of zero", () => {
    expect(signedTicks(-20, 300)).toEqual([-10, -1, 0, 1, 10, 100]);
    expect(signedTicks(-0.5, 0.5)).toEqual([0]);
    expect(signedTicks(-5, 2_500)).toEqual([0, 10, 1_000]);
  });
});

describe("timeLimits", () => {
  it("are full milliseconds around the data: from a fraction, uPlot's ticks would miss the full minutes", () => {
    const [from, to] = timeLimits({ x: [1_000, 1_333], ends: [1_333, 4_777] }, 0, 0);
    expect([from, to]).toEqual([924, 4_853]);
    expect(timeLimits({ x: [1_000] }, 0, 0)).toEqual([997, 1_003]);
    expect(timeLimits({ x: [] }, 5, 9)).toEqual([2, 12]);
  });
});
