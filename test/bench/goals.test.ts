import { describe, expect, it } from "vitest";
import type { Figures, Turn } from "./figures.ts";
import { goalsTable, judge, type Goal } from "./goals.ts";
import { growthOf, memoryGoals, readMemory } from "./memory-figures.ts";
import { proxyGoals } from "./proxy-goals.ts";
import type { ShapeName } from "./shapes.ts";

const MOST: Goal = { name: "CPU", is: "at most", limit: 1.1 };
const LEAST: Goal = { name: "throughput", is: "at least", limit: 1 };

describe("a goal", () => {
  it("is met up to its limit", () => {
    expect([1.1, 1.11, null].map((value) => judge(MOST, value).result)).toEqual(["met", "not met", "not measured"]);
    expect([1, 0.99].map((value) => judge(LEAST, value).result)).toEqual(["met", "not met"]);
    expect(judge({ ...MOST, limit: null }, 5).result).toBe("no limit");
  });

  it("is printed with its measurement", () => {
    const goals = [judge(MOST, 0.951, [0.9, 1.2]), judge(LEAST, null), judge({ ...LEAST, limit: null }, 2, [1.9, 2.1])];
    expect(goalsTable(goals)).toBe(
      [
        "goal         limit  measured     over the turns",
        "CPU         ≤ 1.10      0.95  0.90 … 1.20 noisy           met",
        "throughput     ≥ 1         –                     not measured",
        "throughput                 2        1.90 … 2.10      no limit",
      ].join("\n"),
    );
  });
});

describe("proxy goals", () => {
  const figures: Readonly<Partial<Record<ShapeName, Readonly<Record<string, Turn>>>>> = {
    "get-1k": {
      direct: { "p50Us@1000": 100, "p99Us@1000": 200 },
      "nginx-mirror": { cpuUs: 50, perSecond: 10_000, "p99Us@1000": 400, peakMb: 900 },
      "envoy-mirror": { cpuUs: 120 },
      "fastify-http-proxy": { cpuUs: 100 },
      shadowdiff: { cpuUs: 30 },
      "shadowdiff-equal": {
        cpuUs: 60,
        perSecond: 9_000,
        peakMb: 190,
        comparedShare: 1,
        "p50Us@1000": 240,
        "p99Us@1000": 900,
      },
      "shadowdiff-differing": { cpuUs: 60, comparedShare: 0.98, peakMb: 201 },
      "shadowdiff-differing@before": { peakMb: 300 },
      "shadowdiff-secondary": { cpuUs: 75 },
      "nginx-mirror-https": { cpuUs: 100 },
      "shadowdiff-equal-https": { cpuUs: 70 },
    },
    "post-2k": { "nginx-mirror": { cpuUs: 100 }, "shadowdiff-equal": { cpuUs: 105 } },
    service: { direct: { systemUs: 80 }, "shadowdiff-secondary": { systemUs: 400 } },
  };
  const shapes = Object.entries(figures).map(([shape, contenders]) => ({
    shape: shape as ShapeName,
    figures: Object.entries(contenders).map(([name, turn]): Figures => ({ name, turns: [turn] })),
  }));

  it("divide the figures that their names state", () => {
    expect(proxyGoals(shapes, true).map(({ value, result }) => [value, result])).toEqual([
      [0.3, "met"],
      [1.2, "not met"],
      [0.9, "not met"],
      [1.05, "not met"],
      [1.2, "met"],
      [1.25, "met"],
      [0.7, "met"],
      [0.5, "no limit"],
      [5, "no limit"],
      [3.5, "not met"],
      [140, "met"],
      [700, "met"],
      [0.98, "not met"],
      [201, "not met"],
    ]);
  });

  it("have other limits on a machine that is not quiet, or none", () => {
    expect(proxyGoals(shapes, false).map(({ value, limit, result }) => [value, limit, result])).toEqual([
      [0.3, 0.3, "met"],
      [1.2, 1, "not met"],
      [0.9, 1, "not met"],
      [1.05, 1.1, "met"],
      [1.25, 1.35, "met"],
      [0.7, 1.3, "met"],
      [0.5, null, "no limit"],
      [5, null, "no limit"],
      [0.98, 0.99, "not met"],
      [201, 200, "not met"],
    ]);
  });

  it("name the row that decides, and are not measured without one", () => {
    const names = proxyGoals(shapes, true).map(({ name }) => name);
    expect(names.at(-2)).toBe("smallest share that was compared: get-1k shadowdiff-differing");
    expect(names.at(-1)).toBe("highest peak of memory, MB: get-1k shadowdiff-differing");
    const results = proxyGoals([], true).map(({ result }) => result);
    expect(results).toEqual(Array.from({ length: 12 }, () => "not measured"));
  });
});

describe("memory goals", () => {
  const MB = 1024 * 1024;
  const page = (proxyMb: number): string =>
    [
      "# TYPE shadowdiff_heap_used_bytes gauge",
      `shadowdiff_heap_used_bytes{thread="main"} ${80 * MB}`,
      `shadowdiff_heap_used_bytes{thread="proxy-0"} ${proxyMb * MB}`,
      'shadowdiff_event_loop_delay_seconds{thread="proxy-0",percentile="100"} 0.5',
      'shadowdiff_event_loop_delay_seconds{thread="proxy-0",percentile="99.9"} 0.015625',
      'shadowdiff_event_loop_delay_seconds{thread="store",percentile="99.9"} 0.25',
    ].join("\n");
  // Grows while it warms up, then by 2 MB a minute.
  const samples = [0, 10, 20, 30, 60, 90].map((seconds) =>
    readMemory(page(seconds), seconds, seconds < 30 ? seconds * 5 : 199 + seconds / 30),
  );

  it("read the heap of each thread and the delay of the proxy thread", () => {
    expect(samples[1]).toEqual({
      seconds: 10,
      rssMb: 50,
      heapMb: { main: 80, "proxy-0": 10 },
      loopMs: 15.625,
      pauseMs: 500,
    });
  });

  it("use the growth over the last half only", () => {
    expect(growthOf(samples)).toEqual({ heapMb: expect.closeTo(60, 10), rssMb: expect.closeTo(2, 10) });
  });

  it("check the peak, the heap growth, the largest proxy heap and the delay against their limits", () => {
    expect(memoryGoals(samples, 251, false).map(({ value, limit, result }) => [value, limit, result])).toEqual([
      [251, 200, "not met"],
      [expect.closeTo(60, 10), 1, "not met"],
      [90, 60, "not met"],
      [15.625, 20, "met"],
      [500, 10, "not met"],
    ]);
    expect(memoryGoals(samples, 1, true).at(-1)?.limit).toBe(50);
    expect(memoryGoals([], 1, false).map(({ result }) => result)).toEqual([
      "met",
      "not measured",
      "not measured",
      "not measured",
      "not measured",
    ]);
  });
});
