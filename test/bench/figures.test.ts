import { describe, expect, it } from "vitest";
import type { Accounting } from "../../src/model/accounting.ts";
import { comparedShare, machineSpeed, rateTable, ratioOf, saturationTable, spread, type Figures } from "./figures.ts";

function accounting(received: number, sampledOut: number, compared: number): Accounting {
  const mirrored = received - sampledOut;
  return {
    received,
    inFlight: 0,
    interrupted: 0,
    lost: 0,
    forgotten: 0,
    sampledOut,
    mirrored,
    compared,
    matched: compared,
    differed: 0,
    noiseCompared: 0,
    notMirrored: {},
    dropped: {},
    skipped: {},
  };
}

describe("benchmark figures", () => {
  it("are medians with a range over the turns that measured them", () => {
    const figures: Figures = { name: "a", turns: [{ perSecond: 100 }, {}, { perSecond: 400 }, { perSecond: 200 }] };
    expect(spread(figures, "perSecond")).toEqual({ median: 200, min: 100, max: 400 });
    expect(spread(figures, "cpuUs")).toBeUndefined();
  });

  it("have ratios of medians, with the range of the single turns", () => {
    expect(ratioOf([50, 100, 30], [100, 50, 30])).toEqual({ value: 1, range: [0.5, 2] });
  });

  it("ignore turns in which one side is missing", () => {
    expect(ratioOf([50, undefined, 30], [100, 50])).toEqual({ value: 0.5, range: [0.5, 0.5] });
    expect(ratioOf([undefined], [1])).toBeUndefined();
    expect(ratioOf([], [])).toBeUndefined();
  });

  it("have no ratio when one side is below the noise", () => {
    expect(ratioOf([5, 5, 5], [-1, 0, 9])).toBeUndefined();
    expect(ratioOf([-1, 0, 9], [5, 5, 5])).toBeUndefined();
  });

  it("contain the share of compared requests, or nothing without mirroring", () => {
    expect(comparedShare(accounting(100, 0, 100), accounting(300, 0, 250))).toBe(0.75);
    expect(comparedShare(accounting(100, 100, 0), accounting(300, 300, 0))).toBeUndefined();
  });
});

describe("benchmark tables", () => {
  const base: Figures = {
    name: "nginx-mirror",
    turns: [{ perSecond: 10_000, p50Us: 4_000, p99Us: 9_000, cpuUs: 50, peakMb: 12.5, errors: 0, "p50Us@1000": 250 }],
  };
  const ours: Figures = {
    name: "shadowdiff",
    turns: [
      {
        perSecond: 5_000,
        p50Us: 8_000,
        p99Us: 20_000,
        cpuUs: 75.25,
        systemUs: 100,
        proxyThreadsUs: 60.5,
        peakMb: 200,
        errors: 2,
        comparedShare: 0.995,
        loopMaxMs: 12.25,
        "p50Us@1000": 350,
        "p99Us@1000": 900,
        "cpuUs@1000": 150,
        "systemUs@1000": 200,
      },
    ],
  };

  it("show every contender relative to the base", () => {
    expect(saturationTable([base, ours], base)).toBe(
      [
        "              requests/s  ÷ base        range  p50 µs  p99 µs  CPU µs  ÷ base        range  system µs  proxy threads µs  peak MB  loop max ms  compared  errors  noisy",
        "nginx-mirror      10,000       1        1 … 1   4,000   9,000      50       1        1 … 1          –                 –     12.5            –         –       0",
        "shadowdiff         5,000    0.50  0.50 … 0.50   8,000  20,000    75.3    1.50  1.50 … 1.50        100              60.5      200         12.3     99.5%       2",
      ].join("\n"),
    );
  });

  it("show what a proxy adds to direct requests at a fixed rate", () => {
    const direct: Figures = { name: "direct", turns: [{ "p50Us@1000": 100, "p99Us@1000": 200, "systemUs@1000": 40 }] };
    expect(rateTable([direct, ours, base], 1_000)).toBe(
      [
        "              p50 µs      range  added  p99 µs      range  added  CPU µs  system µs  ÷ direct  errors",
        "direct           100  100 … 100      0     200  200 … 200      0       –         40         1       –",
        "shadowdiff       350  350 … 350    250     900  900 … 900    700     150        200         5       –",
        "nginx-mirror     250  250 … 250    150       –                         –          –         –       –",
      ].join("\n"),
    );
  });

  it("describe the machine by programs that do not change", () => {
    const nginx: Figures = { name: "nginx", turns: [{ perSecond: 50_000, cpuUs: 15 }] };
    expect(machineSpeed([nginx, ours])).toBe("machine: nginx 50,000 requests/s, 15 CPU µs");
  });

  it("name the figures whose turns scatter", () => {
    const scattered: Figures = {
      name: "a",
      turns: [
        { perSecond: 10, cpuUs: 1 },
        { perSecond: 20, cpuUs: 1.1 },
      ],
    };
    expect(saturationTable([scattered], scattered)).toMatch(/ requests\/s$/);
  });
});
