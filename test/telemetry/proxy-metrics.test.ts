import { Histogram, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { createProxyMetrics, DURATION_BUCKETS } from "../../src/telemetry/proxy-metrics.ts";

async function linesOf(registry: Registry, name: string): Promise<string[]> {
  const text = await registry.metrics();
  return text.split("\n").filter((line) => line.startsWith(name));
}

describe("createProxyMetrics", () => {
  it("counts client requests, with one series for all unknown methods and one for all invalid codes", async () => {
    const registry = new Registry();
    const metrics = createProxyMetrics(registry);
    metrics.request("default", "GET", 200);
    metrics.request("default", "GET", 200);
    metrics.request("default", "BREW", 418);
    metrics.request("default", "WHEN", 418);
    metrics.request("default", "GET", 0);
    metrics.request("default", "GET", 600);
    metrics.request("default", "GET", 99);
    expect(await linesOf(registry, "shadowdiff_requests_total")).toEqual([
      'shadowdiff_requests_total{route="default",method="GET",code="200"} 2',
      'shadowdiff_requests_total{route="default",method="OTHER",code="418"} 2',
      'shadowdiff_requests_total{route="default",method="GET",code="0"} 1',
      'shadowdiff_requests_total{route="default",method="GET",code="other"} 2',
    ]);
  });

  it("continues to count after a scrape", async () => {
    const registry = new Registry();
    const metrics = createProxyMetrics(registry);
    metrics.refused(405, "method");
    await registry.metrics();
    metrics.refused(405, "method");
    expect(await linesOf(registry, "shadowdiff_refused_total")).toEqual([
      'shadowdiff_refused_total{code="405",reason="method"} 2',
    ]);
  });

  it("records durations exactly like the histogram of prom-client", async () => {
    const registry = new Registry();
    const metrics = createProxyMetrics(registry);
    const reference = new Registry();
    const histogram = new Histogram({
      name: "shadowdiff_upstream_request_duration_seconds",
      help: "Duration of upstream requests from dispatch to the end of the response. code 0: failed before a response head.",
      labelNames: ["route", "role", "subset", "code"],
      buckets: [...DURATION_BUCKETS],
      registers: [reference],
    });
    const seconds = [0, 0.0004, ...DURATION_BUCKETS, 0.0502, 7, 10.1, 120];
    for (const role of ["primary", "candidate"] as const) {
      for (const [index, value] of seconds.entries()) {
        const code = index % 2 === 0 ? 200 : 503;
        metrics.leg({
          route: "default",
          role,
          subset: "v1",
          code,
          seconds: value,
          sent: [],
          failure: null,
          responseBytes: 0,
        });
        histogram.observe({ route: "default", role, subset: "v1", code }, value);
      }
    }
    expect(await registry.getSingleMetricAsString("shadowdiff_upstream_request_duration_seconds")).toBe(
      await reference.metrics().then((text) => text.trimEnd()),
    );
    const snapshot = await registry.getMetricsAsJSON();
    const named = snapshot.find(({ name }) => name === "shadowdiff_upstream_request_duration_seconds");
    // Snapshots are sent with postMessage.
    expect(structuredClone(named?.values)).toHaveLength(4 * (DURATION_BUCKETS.length + 3));
  });

  it("records by how much a copy followed the primary's request, or preceded it", async () => {
    const registry = new Registry();
    const metrics = createProxyMetrics(registry);
    metrics.dispatchLag("candidate", "v2", 0.00003);
    metrics.dispatchLag("candidate", "v2", 0.00004);
    metrics.dispatchLag("candidate", "v2", -0.002);
    const lines = await linesOf(registry, "shadowdiff_mirror_dispatch_lag_seconds");
    const of = (first: string, rest: string): string | undefined =>
      lines
        .find((line) => line.includes(`first="${first}"`) && line.includes(rest))
        ?.split(" ")
        .at(-1);
    expect(["0.000025", "0.00005", "+Inf"].map((le) => of("primary", `le="${le}"`))).toEqual(["0", "2", "2"]);
    expect(["0.001", "0.005"].map((le) => of("copy", `le="${le}"`))).toEqual(["0", "1"]);
    expect(of("copy", "_sum")).toBe("0.002");
  });

  it("initializes the drop counters of every candidate with 0", async () => {
    const registry = new Registry();
    const metrics = createProxyMetrics(registry, ["v2"]);
    metrics.dropped("v2", "breaker");
    expect(await linesOf(registry, "shadowdiff_mirror_dropped_total")).toEqual([
      'shadowdiff_mirror_dropped_total{candidate="v2",reason="inflight"} 0',
      'shadowdiff_mirror_dropped_total{candidate="v2",reason="bytes"} 0',
      'shadowdiff_mirror_dropped_total{candidate="v2",reason="breaker"} 1',
      'shadowdiff_mirror_dropped_total{candidate="v2",reason="queue"} 0',
      'shadowdiff_mirror_dropped_total{candidate="v2",reason="descriptors"} 0',
    ]);
  });

  it("counts skipped exchanges in the metric of the compare threads", async () => {
    const registry = new Registry();
    createProxyMetrics(registry).skipped("r", "v2");
    expect(await linesOf(registry, "shadowdiff_comparisons_total")).toEqual([
      'shadowdiff_comparisons_total{route="r",candidate="v2",result="skip"} 1',
    ]);
  });

  it("has at most 12 buckets from 0.5 ms to 10 s with steps of at most 3.4", () => {
    expect(DURATION_BUCKETS.length + 1).toBeLessThanOrEqual(12);
    expect(DURATION_BUCKETS[0]).toBe(0.0005);
    expect(DURATION_BUCKETS.at(-1)).toBe(10);
    const steps = DURATION_BUCKETS.slice(1).map((bound, index) => bound / (DURATION_BUCKETS[index] ?? Number.NaN));
    for (const step of steps) {
      expect(step).toBeGreaterThanOrEqual(2);
      expect(step).toBeLessThanOrEqual(3.4);
    }
  });
});
