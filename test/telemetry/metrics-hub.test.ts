import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { createMetricsHub } from "../../src/telemetry/metrics-hub.ts";
import { createCompareMetrics } from "../../src/telemetry/compare-metrics.ts";
import { createMainMetrics } from "../../src/telemetry/main-metrics.ts";
import { createProxyMetrics } from "../../src/telemetry/proxy-metrics.ts";
import { createQueueMetrics } from "../../src/telemetry/queue-metrics.ts";

/** The metrics of a proxy thread. */
function startProxy(depth: number) {
  const registry = new Registry();
  const metrics = createProxyMetrics(registry);
  createQueueMetrics(registry).watch("inflight", () => depth);
  return { metrics, push: async () => structuredClone(await registry.getMetricsAsJSON()) as object[] };
}

async function seriesOf(hub: ReturnType<typeof createMetricsHub>): Promise<Record<string, number>> {
  const { body } = await hub.expose();
  const lines = body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

const LEG = 'route="default",role="primary",subset="v1",code="200"';
const REQUESTS = 'shadowdiff_requests_total{route="default",method="GET",code="200"}';
const COUNT = `shadowdiff_upstream_request_duration_seconds_count{${LEG}}`;
const BUCKET = `shadowdiff_upstream_request_duration_seconds_bucket{le="0.006",${LEG}}`;
const DEPTH = 'shadowdiff_queue_depth{queue="inflight"}';

describe("createMetricsHub", () => {
  it("sums all threads and its own registry in the text format of Prometheus", async () => {
    const hub = createMetricsHub();
    createMainMetrics(hub.registry, "1.2.3", ["store"]).storeUp(true);
    const [one, two] = [startProxy(3), startProxy(4)];
    one.metrics.request("default", "GET", 200);
    one.metrics.leg("default", "primary", "v1", 200, 0.005);
    two.metrics.request("default", "GET", 200);
    two.metrics.leg("default", "primary", "v1", 200, 0.05);
    hub.update("proxy-0", await one.push());
    hub.update("proxy-1", await two.push());
    const { contentType } = await hub.expose();
    expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await seriesOf(hub)).toMatchObject({
      [REQUESTS]: 2,
      [COUNT]: 2,
      [BUCKET]: 1,
      [DEPTH]: 7,
      shadowdiff_store_up: 1,
      'shadowdiff_thread_restarts_total{thread="store"}': 0,
      [`shadowdiff_build_info{version="1.2.3",node="${process.versions.node}"}`]: 1,
    });
  });

  it("uses the latest snapshot of a thread, not the sum of all", async () => {
    const hub = createMetricsHub();
    const proxy = startProxy(1);
    for (const expected of [1, 2, 3]) {
      proxy.metrics.request("default", "GET", 200);
      hub.update("proxy-0", await proxy.push());
      expect((await seriesOf(hub))[REQUESTS]).toBe(expected);
    }
  });

  it("keeps the counters of ended threads, removes their gauges, and adds the next thread of the same name", async () => {
    const hub = createMetricsHub();
    for (const expected of [1, 2, 3]) {
      const proxy = startProxy(5);
      proxy.metrics.request("default", "GET", 200);
      proxy.metrics.leg("default", "primary", "v1", 200, 0.005);
      hub.update("proxy-0", await proxy.push());
      expect(await seriesOf(hub)).toMatchObject({
        [REQUESTS]: expected,
        [COUNT]: expected,
        [BUCKET]: expected,
        [DEPTH]: 5,
      });
      hub.retire("proxy-0");
      const retired = await seriesOf(hub);
      expect(retired).toMatchObject({ [REQUESTS]: expected, [COUNT]: expected, [BUCKET]: expected });
      expect(retired).not.toHaveProperty([DEPTH]);
    }
  });

  it("ignores the end of a thread without a snapshot", async () => {
    const hub = createMetricsHub();
    hub.retire("proxy-0");
    expect(await seriesOf(hub)).toEqual({});
  });

  it("counts a metric over running and ended threads by labels", async () => {
    const hub = createMetricsHub();
    const registry = new Registry();
    const metrics = createCompareMetrics(registry);
    metrics.initialize([{ route: "default", candidate: "v2", hasSecondary: false }]);
    metrics.compared("default", "v2", "match", 5);
    metrics.compared("default", "v2", "differ");
    metrics.compared("default", "v3", "differ", 2);
    hub.update("compare-0", await registry.getMetricsAsJSON());
    hub.retire("compare-0");
    hub.update("compare-0", await registry.getMetricsAsJSON());
    expect(hub.count("shadowdiff_comparisons_total", {})).toBe(16);
    expect(hub.count("shadowdiff_comparisons_total", { result: "differ" })).toBe(6);
    expect(hub.count("shadowdiff_comparisons_total", { result: "differ", candidate: "v2" })).toBe(2);
    expect(hub.count("shadowdiff_comparisons_total", { result: "skip" })).toBe(0);
    expect(hub.count("shadowdiff_unknown_total", {})).toBe(0);
  });
});
