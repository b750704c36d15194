import { describe, expect, it } from "vitest";
import type { LatencyDistribution, LatencyPeriod, LatencyView } from "../../../src/model/latency.ts";
import { latencyView } from "../../../src/report/latency-view.ts";
import {
  distributionData,
  measuredRoles,
  periodData,
  ratioData,
  ratioLimits,
  shiftData,
  tailEnd,
} from "../../../web/src/latency/chart-data.ts";
import { readRange, writeMilliseconds, writeRange } from "../../../web/src/latency/latency-range.ts";
import { measured, memoryReader, RUN } from "../../report/memory-reader.ts";

/** Responses in buckets with these upper edges. */
function distribution(...points: readonly (readonly [upper: number, share: number])[]): LatencyDistribution {
  return {
    count: points.length,
    quantiles: { p50: points[0]?.[0] ?? null, p95: null, p99: null },
    points: points.map(([upper, share]) => ({ upper, share, count: 1 })),
  };
}

const MINUTES = [
  ...measured("primary", { 10: 50, 20: 50 }),
  ...measured("candidate", { 10: 40, 30: 60 }),
  ...measured("ratio", { 1: 40, 1.5: 60 }),
];
const MEASURED: LatencyView = await latencyView(memoryReader({ minutes: MINUTES }), RUN, "v2");
const VIEW: LatencyView = {
  ...MEASURED,
  distributions: {
    primary: distribution([10, 0.5], [20, 1]),
    candidate: distribution([15, 0.25], [20, 0.75], [40, 1]),
    secondary: distribution(),
  },
};

describe("distributionData", () => {
  it("has the share of each role at every edge of any role, 0 before its first and 1 after its last", () => {
    const roles = measuredRoles(VIEW);
    expect(roles).toEqual(["primary", "candidate"]);
    const { x, series, dots, marks } = distributionData(VIEW, roles);
    expect(x).toEqual([9.5, 10, 15, 20, 40]);
    expect(series.map(({ label, values }) => [label, values])).toEqual([
      ["primary", [0, 0.5, 0.5, 1, 1]],
      ["candidate", [0, 0, 0.25, 0.75, 1]],
    ]);
    expect(dots?.map(({ x: at, y }) => [at, y])).toEqual([
      [10, 0.5],
      [15, 0.5],
    ]);
    expect(marks?.map(({ value, label }) => [value, label])).toEqual([
      [0.5, "p50"],
      [0.95, "p95"],
      [0.99, "p99"],
    ]);
  });

  it("draws roles with lines of their own, so that they can be told apart without colors", () => {
    const { series } = distributionData(VIEW, ["primary", "candidate", "secondary"]);
    expect(new Set(series.map(({ line }) => line)).size).toBe(3);
  });
});

describe("shiftData", () => {
  it("has an interval only where both ends are known", () => {
    const at = { primary: 10, candidate: 12, shift: 2 };
    const shift = [
      { ...at, share: 0.5, low: -1, high: 4 },
      { ...at, share: 0.99, low: -3, high: null },
    ];
    const { x, series, bands } = shiftData({ ...VIEW, shift });
    expect(x).toEqual([50, 99]);
    expect(series[0]?.values).toEqual([2, 2]);
    expect(bands?.map(({ low, high }) => [low, high])).toEqual([
      [
        [-1, null],
        [4, null],
      ],
    ]);
  });
});

describe("ratioData", () => {
  it("marks the limit and the median with its interval, and draws both", () => {
    const { marks = [], series } = ratioData(MEASURED);
    const { ratio } = MEASURED.latency;
    expect(series[0]?.values.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(100);
    expect(marks.map(({ value, interval }) => [value, interval])).toEqual([
      [RUN.gate.latencyRatio, undefined],
      [ratio?.estimate, { from: ratio?.low, to: ratio?.high }],
    ]);
    const [low, high] = ratioLimits(MEASURED);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1.5);
  });
});

describe("periodData", () => {
  it("has one quantile of each role by period", () => {
    const none = { p50: null, p95: null, p99: null };
    const period: LatencyPeriod = {
      startedAt: 1_000,
      endsAt: 1_125,
      counts: { primary: 20, candidate: 20, secondary: 0 },
      primary: { p50: 1, p95: 2, p99: 3 },
      candidate: { p50: 4, p95: 5, p99: 6 },
      secondary: none,
    };
    const { x, ends, series } = periodData([period], ["primary", "candidate", "secondary"], "p95");
    expect([x, ends, series.map(({ values }) => values)]).toEqual([[1_000], [1_125], [[2], [5], [null]]]);
  });
});

describe("a tail", () => {
  it("ends before the share that no response shows", () => {
    expect([tailEnd(100), tailEnd(0)]).toEqual([0.995, 0.5]);
  });
});

describe("ranges in the URL", () => {
  it("can be read again", () => {
    expect(writeRange({ from: 0.012345, to: 1_234.56 }, writeMilliseconds)).toBe("0.01235-1235");
    expect(readRange("0.01235-1235")).toEqual({ from: 0.01235, to: 1235 });
    expect(readRange(writeRange({ from: 1_795_000_000_000, to: 1_795_000_000_125 }))).toEqual({
      from: 1_795_000_000_000,
      to: 1_795_000_000_125,
    });
  });

  it.each([undefined, "", "5", "9-4", "-1-4", "1e3-2e3", "a-b", "1-2-3"])("%s is ignored", (text) => {
    expect(readRange(text)).toBeUndefined();
  });
});
