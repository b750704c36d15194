import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { bucketOf, fineBucketOf } from "../../src/lib/log-buckets.ts";
import { createCompareMetrics, COMPARED_DURATION_BUCKETS, RATIO_BUCKETS } from "../../src/telemetry/compare-metrics.ts";

const DURATION = "shadowdiff_compared_request_duration_seconds";
const RATIO = "shadowdiff_exchange_latency_ratio";

async function valuesOf(registry: Registry, metric: string): Promise<Record<string, number>> {
  const text = await registry.getSingleMetricAsString(metric);
  const lines = text.split("\n").filter((line) => line.startsWith(metric));
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(metric.length, line.lastIndexOf(" ")),
      Number(line.slice(line.lastIndexOf(" ") + 1)),
    ]),
  );
}

/** The bucket of a value by its own bound: the smallest bound that is not below it. */
function boundOf(bounds: readonly number[], value: number): string {
  return String(bounds.find((bound) => value <= bound));
}

/** Seven durations in milliseconds. */
function sevenOf(ms: number): { readonly bucket: number; readonly count: number } {
  return { bucket: bucketOf(ms), count: 7 };
}

describe("createCompareMetrics", () => {
  it("counts the latencies of compared exchanges by role, and the ratios of candidate to primary", async () => {
    const registry = new Registry();
    const metrics = createCompareMetrics(registry);
    const pair = { route: "default", candidate: "v2" };
    metrics.latencies([
      { ...pair, series: "primary", ...sevenOf(10) },
      { ...pair, series: "candidate", ...sevenOf(11.3) },
      { ...pair, series: "secondary", ...sevenOf(10.5) },
      { ...pair, series: "ratio", bucket: fineBucketOf(1.13), count: 7 },
      { ...pair, series: "twin", bucket: fineBucketOf(1.076), count: 7 },
      { ...pair, series: "bias", bucket: fineBucketOf(1.05), count: 7 },
    ]);
    const durations = await valuesOf(registry, DURATION);
    const bounds = COMPARED_DURATION_BUCKETS;
    for (const [role, seconds] of [
      ["primary", 0.01],
      ["candidate", 0.0113],
      ["secondary", 0.0105],
    ] as const) {
      const labels = `route="default",candidate="v2",role="${role}"`;
      const bound = boundOf(bounds, seconds);
      const before = bounds[bounds.indexOf(Number(bound)) - 1];
      expect(durations[`_bucket{le="${bound}",${labels}}`]).toBe(7);
      expect(durations[`_bucket{le="${before}",${labels}}`]).toBe(0);
      expect(durations[`_count{${labels}}`]).toBe(7);
      expect((durations[`_sum{${labels}}`] ?? 0) / 7 / seconds).toBeCloseTo(1, 1);
    }
    const ratios = await valuesOf(registry, RATIO);
    expect(ratios['_bucket{le="1.125",route="default",candidate="v2"}']).toBe(0);
    expect(ratios['_bucket{le="1.147",route="default",candidate="v2"}']).toBe(7);
    expect(ratios['_count{route="default",candidate="v2"}']).toBe(7);
  });

  it("puts every duration of the report into a bucket at most 8.2% wide that contains it, from 0.5 ms to 10 s", async () => {
    const steps = COMPARED_DURATION_BUCKETS.slice(1).map((bound, at) => bound / (COMPARED_DURATION_BUCKETS[at] ?? 0));
    expect(Math.max(...steps)).toBeLessThan(1.083);
    expect(COMPARED_DURATION_BUCKETS[0]).toBeLessThanOrEqual(0.0005);
    expect(COMPARED_DURATION_BUCKETS.at(-1)).toBeGreaterThanOrEqual(10);
    for (let bucket = bucketOf(0.55); bucket <= bucketOf(10_000); bucket += 1) {
      const registry = new Registry();
      const pair = { route: "r", candidate: "v2" };
      createCompareMetrics(registry).latencies([{ ...pair, series: "primary", bucket, count: 1 }]);
      const values = await valuesOf(registry, DURATION);
      const bound = COMPARED_DURATION_BUCKETS.find(
        (each) => values[`_bucket{le="${each}",route="r",candidate="v2",role="primary"}`] === 1,
      );
      const [low, high] = [1.04 ** bucket / 1000, 1.04 ** (bucket + 1) / 1000];
      const below = COMPARED_DURATION_BUCKETS[COMPARED_DURATION_BUCKETS.indexOf(bound ?? 0) - 1] ?? 0;
      // Bounds have four digits.
      expect([bucket, low >= below * 0.999, high <= (bound ?? 0) * 1.001]).toEqual([bucket, true, true]);
    }
  });

  it("tells a ratio below the default limit of 1.1 from one above it", () => {
    const steps = RATIO_BUCKETS.slice(1).map((bound, at) => ({ bound, step: bound / (RATIO_BUCKETS[at] ?? 0) }));
    const widest = (below: number): number =>
      Math.max(...steps.filter(({ bound }) => bound > 1 / below && bound < below).map(({ step }) => step));
    expect([widest(1.25), widest(2), widest(10)].map((step) => step.toFixed(2))).toEqual(["1.02", "1.04", "1.08"]);
    expect(RATIO_BUCKETS.filter((bound) => bound > 1 && bound < 1.1)).toHaveLength(4);
    expect(RATIO_BUCKETS.toSorted((one, other) => one - other)).toEqual(RATIO_BUCKETS);
  });

  it("creates the series of configured candidates with the value 0", async () => {
    const registry = new Registry();
    const metrics = createCompareMetrics(registry);
    metrics.initialize([
      { route: "a", candidate: "v2", hasSecondary: true },
      { route: "b", candidate: "v2", hasSecondary: false },
    ]);
    const counts = Object.entries(await valuesOf(registry, DURATION)).filter(([name]) => name.startsWith("_count"));
    expect(counts).toEqual(
      [
        ["a", "primary"],
        ["a", "candidate"],
        ["a", "secondary"],
        ["b", "primary"],
        ["b", "candidate"],
      ].map(([route, role]) => [`_count{route="${route}",candidate="v2",role="${role}"}`, 0]),
    );
    expect((await valuesOf(registry, RATIO))['_count{route="a",candidate="v2"}']).toBe(0);
  });

  it("counts the routes beyond ten pairs of route and candidate together", async () => {
    const registry = new Registry();
    const metrics = createCompareMetrics(registry);
    const routes = Array.from({ length: 14 }, (_, index) => `route-${index}`);
    metrics.initialize(routes.map((route) => ({ route, candidate: "v2", hasSecondary: true })));
    metrics.latencies(
      [...routes, "unknown"].map((route) => ({ route, candidate: "v2", series: "ratio", bucket: 0, count: 1 })),
    );
    const counts = Object.entries(await valuesOf(registry, RATIO)).filter(([name]) => name.startsWith("_count"));
    expect(counts).toHaveLength(11);
    expect(counts.at(-1)).toEqual(['_count{route="(other)",candidate="v2"}', 5]);
    const lines = (await registry.metrics()).split("\n");
    // The size of a scrape: 11 pairs with 3 roles, and the counters.
    expect(lines.length).toBeLessThan(5500);
  });
});
