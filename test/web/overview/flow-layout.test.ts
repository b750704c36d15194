import { describe, expect, it } from "vitest";
import type { Accounting } from "../../../src/model/accounting.ts";
import { flowLayout } from "../../../web/src/overview/accounting/flow-layout.ts";
import { formatBucket, trafficData } from "../../../web/src/overview/traffic-data.ts";

const NOTHING: Accounting = {
  received: 0,
  inFlight: 0,
  interrupted: 0,
  sampledOut: 0,
  mirrored: 0,
  compared: 0,
  matched: 0,
  differed: 0,
  noiseCompared: 0,
  notMirrored: {},
  dropped: {},
  skipped: {},
  lost: 0,
  forgotten: 0,
};

const FULL: Accounting = {
  ...NOTHING,
  received: 2000,
  sampledOut: 60,
  mirrored: 1700,
  compared: 1600,
  matched: 1000,
  differed: 600,
  notMirrored: { method: 150, loop: 30 },
  dropped: { queue: 60 },
  skipped: { saturated: 100 },
};

describe("flowLayout", () => {
  it("keeps the thickness of every band in proportion, and what leaves a stage below what goes on", () => {
    const { stages, results, losses } = flowLayout(FULL, 200);
    const [received, mirrored, compared] = stages.map(({ height }) => height);
    expect(stages.map(({ name, count }) => [name, count])).toEqual([
      ["received", 2000],
      ["mirrored", 1700],
      ["compared", 1600],
    ]);
    expect((mirrored ?? 0) / (received ?? 1)).toBeCloseTo(0.85);
    expect((compared ?? 0) / (received ?? 1)).toBeCloseTo(0.8);
    expect(losses.map(({ name, count, reasons }) => [name, count, reasons])).toEqual([
      ["not mirrored", 180, "method 150, loop 30"],
      ["sampled out", 60, ""],
      ["dropped", 60, "queue 60"],
      ["skipped", 100, "saturated 100"],
    ]);
    const afterReceived = losses.slice(0, 3).reduce((sum, { height }) => sum + height, mirrored ?? 0);
    expect(afterReceived).toBeCloseTo(received ?? 0);
    expect(results.map(({ name, count }) => [name, count])).toEqual([
      ["matched", 1000],
      ["differ, excused", 400],
      ["differ and count", 200],
    ]);
    expect(results.reduce((sum, { height }) => sum + height, 0)).toBeCloseTo(compared ?? 0);
  });

  it("leaves out what did not happen, and shows one request of a million", () => {
    const one = { ...NOTHING, received: 1_000_000, mirrored: 999_999, compared: 999_999, matched: 999_999 };
    const { losses, results } = flowLayout({ ...one, dropped: { bytes: 1 } }, 0);
    expect(results.map(({ name }) => name)).toEqual(["matched"]);
    expect(losses.map(({ name, height }) => [name, height >= 1])).toEqual([["dropped", true]]);
    expect(flowLayout(NOTHING, 0).stages.map(({ height }) => height)).toEqual([0, 0, 0]);
  });

  it("keeps labels apart", () => {
    const { results } = flowLayout({ ...FULL, matched: 1598, differed: 2 }, 1);
    const labels = results.map(({ labelY }) => labelY);
    for (const [at, label] of labels.slice(1).entries()) expect(label - (labels[at] ?? 0)).toBeGreaterThanOrEqual(32);
  });
});

describe("trafficData", () => {
  it("has one period per bucket, with the exchanges that are compared, differ and count", () => {
    const buckets = [
      { at: 1000, compared: 9, differed: 3, counting: 2, withCause: 0 },
      { at: 5000, compared: 4, differed: 0, counting: 0, withCause: 0 },
    ];
    const { x, ends, series } = trafficData({ endpoint: null, bucketMs: 2000, buckets });
    expect([x, ends]).toEqual([
      [1000, 5000],
      [3000, 7000],
    ]);
    expect(series.map(({ label, values }) => [label, values])).toEqual([
      ["compared", [9, 4]],
      ["differ", [3, 0]],
      ["count", [2, 0]],
    ]);
  });

  it("names the length of a bucket", () => {
    expect([125, 250, 1000, 128_000, 8_192_000].map(formatBucket)).toEqual([
      "1/8 s",
      "1/4 s",
      "1 s",
      "2 min 8 s",
      "2 h 16 min 32 s",
    ]);
  });
});
