import { describe, expect, it } from "vitest";
import type { Figures, Turn } from "./figures.ts";
import { goalsTable, judge, type Goal } from "./goals.ts";
import { growthOf, memoryGoals, readMemory } from "./memory-figures.ts";
import { proxyGoals } from "./proxy-goals.ts";
import type { ShapeName } from "./shapes.ts";

const MOST: Goal = { name: "CPU", is: "at most", limit: 1.1, stretch: 0.8 };
const LEAST: Goal = { name: "throughput", is: "at least", limit: 1 };

describe("a goal", () => {
  it("is met up to its limit, and its stretch limit beyond", () => {
    expect([0.8, 0.81, 1.1, 1.11, null].map((value) => judge(MOST, value).result)).toEqual([
      "stretch",
      "met",
      "met",
      "not met",
      "not measured",
    ]);
    expect([1, 0.99].map((value) => judge(LEAST, value).result)).toEqual(["met", "not met"]);
  });

  it("is printed with its measurement", () => {
    expect(goalsTable([judge(MOST, 0.951, [0.9, 1.2]), judge(LEAST, null)])).toBe(
      [
        "goal         limit  stretch  measured  over the turns",
        "CPU         ≤ 1.10     0.80      0.95     0.90 … 1.20           met",
        "throughput     ≥ 1                  –                  not measured",
      ].join("\n"),
    );
  });
});

describe("proxy goals", () => {
  const figures: Readonly<Record<string, Turn>> = {
    "get-1k direct": { "p50Us@1000": 100, "p99Us@1000": 200 },
    "get-1k nginx-mirror": { cpuUs: 50, perSecond: 10_000, "p50Us@1000": 200, "p99Us@1000": 400 },
    "get-1k fastify-http-proxy": { cpuUs: 100 },
    "get-1k undici-dispatch": { cpuUs: 40 },
    "get-1k shadowdiff": { cpuUs: 30 },
    "get-1k shadowdiff-equal": {
      cpuUs: 60,
      perSecond: 9_000,
      peakMb: 240,
      comparedShare: 1,
      "p50Us@1000": 240,
      "p99Us@1000": 900,
    },
    "get-1k shadowdiff-differing": { cpuUs: 100, proxyThreadsUs: 55, comparedShare: 0.98 },
    "get-1k shadowdiff-two-threads": { cpuUs: 66 },
    "get-1k nginx-mirror-https": { cpuUs: 100 },
    "get-1k shadowdiff-equal-https": { cpuUs: 70 },
    "get-20k nginx-mirror": { cpuUs: 100 },
    "get-20k shadowdiff-equal": { cpuUs: 120 },
  };
  const find = (shape: ShapeName, name: string): Figures | undefined => {
    const turn = figures[`${shape} ${name}`];
    return turn === undefined ? undefined : { name, turns: [turn] };
  };

  it("divide the figures that their names state", () => {
    expect(proxyGoals(find, [1_000]).map(({ value, result }) => [value, result])).toEqual([
      [0.3, "stretch"],
      [0.75, "met"],
      [1.2, "not met"],
      [0.9, "not met"],
      [1.2, "met"],
      [1.1, "met"],
      [2, "met"],
      [0.7, "stretch"],
      [1.1, "met"],
      [1.4, "met"],
      [3.5, "not met"],
      [1, "met"],
      [null, "not measured"],
      [0.98, "not met"],
      [240, "met"],
    ]);
  });

  it("are not measured when a contender is missing", () => {
    const results = proxyGoals(() => undefined, [1_000, 3_000]).map(({ result }) => result);
    expect(results).toEqual(Array.from({ length: 17 }, () => "not measured"));
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
    expect(samples[1]).toEqual({ seconds: 10, rssMb: 50, heapMb: { main: 80, "proxy-0": 10 }, loopMs: 15.625 });
  });

  it("use the growth over the last half only", () => {
    expect(growthOf(samples)).toEqual({ heapMb: expect.closeTo(60, 10), rssMb: expect.closeTo(2, 10) });
  });

  it("check the peak, the heap growth, the largest proxy heap and the delay against their limits", () => {
    expect(memoryGoals(samples, 251, false).map(({ value, limit, result }) => [value, limit, result])).toEqual([
      [251, 250, "not met"],
      [expect.closeTo(60, 10), 1, "not met"],
      [90, 60, "not met"],
      [15.625, 20, "met"],
    ]);
    expect(memoryGoals(samples, 1, true).at(-1)?.limit).toBe(50);
    expect(memoryGoals([], 1, false).map(({ result }) => result)).toEqual([
      "met",
      "not measured",
      "not measured",
      "not measured",
    ]);
  });
});
