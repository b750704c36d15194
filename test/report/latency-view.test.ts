import { describe, expect, it } from "vitest";
import { bucketMiddle, bucketOf, valueAt } from "../../src/lib/log-buckets.ts";
import { latencyView } from "../../src/report/latency-view.ts";
import { measured, memoryReader, ORDERS, RUN } from "./memory-reader.ts";

const MINUTES = [
  ...measured("primary", { 10: 60, 20: 40 }, { minute: 29_000_001 }),
  ...measured("candidate", { 12: 100 }, { minute: 29_000_001 }),
  ...measured("primary", { 10: 100 }, { minute: 29_000_000 }),
  ...measured("candidate", { 15: 50 }, { minute: 29_000_000, endpoint: "GET /other" }),
  ...measured("secondary", { 10: 7 }, { minute: 29_000_000 }),
  ...measured("ratio", { 1.2: 100 }, { minute: 29_000_001 }),
];

describe("latencyView", () => {
  const view = latencyView(memoryReader({ minutes: MINUTES }), RUN, "v2");

  it("has the distribution of each series, with ascending buckets and shares up to 1", () => {
    const [ten, twenty] = [bucketOf(10), bucketOf(20)];
    expect(view.distributions.primary.count).toBe(200);
    expect(view.distributions.primary.points).toEqual([
      { middle: bucketMiddle(ten), upper: valueAt(ten + 1), count: 160, share: 0.8 },
      { middle: bucketMiddle(twenty), upper: valueAt(twenty + 1), count: 40, share: 1 },
    ]);
    expect(view.distributions.primary.quantiles.p95).toBeCloseTo(valueAt(twenty + 30 / 40), 9);
    expect(view.distributions.bias).toEqual({ count: 0, quantiles: { p50: null, p95: null, p99: null }, points: [] });
    expect(view.ratio?.estimate).toBeCloseTo(1.2, 2);
    expect(view.bias).toBeNull();
  });

  it("has quantiles per minute and role, oldest first", () => {
    expect(view.minutes.map(({ at, counts }) => ({ at, counts }))).toEqual([
      { at: 29_000_000 * 60_000, counts: { primary: 100, candidate: 50, secondary: 7 } },
      { at: 29_000_001 * 60_000, counts: { primary: 100, candidate: 100, secondary: 0 } },
    ]);
    expect(view.minutes[1]?.primary.p50).toBeCloseTo(valueAt(bucketOf(10) + 50 / 60), 9);
    expect(view.minutes[1]?.secondary).toEqual({ p50: null, p95: null, p99: null });
  });

  it("can be limited to one endpoint", () => {
    const one = latencyView(memoryReader({ minutes: MINUTES }), RUN, "v2", ORDERS);
    expect(view.endpoint).toBeNull();
    expect(one.endpoint).toBe(ORDERS);
    expect(one.distributions.candidate.count).toBe(100);
  });
});
