import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { createMetricsHub } from "../../src/telemetry/metrics-hub.ts";
import { createCompareMetrics } from "../../src/telemetry/compare-metrics.ts";
import { createMainMetrics } from "../../src/telemetry/main-metrics.ts";
import { createProxyMetrics } from "../../src/telemetry/proxy-metrics.ts";
import { createQueueMetrics } from "../../src/telemetry/queue-metrics.ts";
import { createStoreMetrics } from "../../src/telemetry/store-metrics.ts";

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

const LEG_ENDED = {
  route: "default",
  role: "primary",
  subset: "v1",
  code: 200,
  sent: [],
  failure: null,
  responseBytes: 0,
} as const;
const LEG = 'route="default",role="primary",subset="v1",code="200"';
const REQUESTS = 'shadowdiff_requests_total{route="default",method="GET",code="200"}';
const COUNT = `shadowdiff_upstream_request_duration_seconds_count{${LEG}}`;
const BUCKET = `shadowdiff_upstream_request_duration_seconds_bucket{le="0.006",${LEG}}`;
const DEPTH = 'shadowdiff_queue_depth{queue="inflight"}';

function tracedBy(digit: string): string[] {
  return ["traceparent", `00-${digit.repeat(32)}-${digit.repeat(16)}-01`];
}

/** Without exemplars. */
function seriesIn(body: string): string[] {
  return body.split("\n").flatMap((line) => (line === "" || line.startsWith("#") ? [] : [line.replace(/ # .*/, "")]));
}

describe("createMetricsHub", () => {
  it("sums all threads and its own registry in the text format of Prometheus", async () => {
    const hub = createMetricsHub();
    createMainMetrics(hub.registry, "1.2.3", ["store"]).storeUp(true);
    const [one, two] = [startProxy(3), startProxy(4)];
    one.metrics.request("default", "GET", 200);
    one.metrics.leg({ ...LEG_ENDED, seconds: 0.005 });
    two.metrics.request("default", "GET", 200);
    two.metrics.leg({ ...LEG_ENDED, seconds: 0.05 });
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
      proxy.metrics.leg({ ...LEG_ENDED, seconds: 0.005 });
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

  it("writes OpenMetrics for those who prefer it: the same series, with the latest exemplar of each bucket", async () => {
    const hub = createMetricsHub();
    createMainMetrics(hub.registry, "1.2.3", ["store"]).storeUp(true);
    createStoreMetrics(hub.registry, () => 0).committed(1, 0.002);
    const proxies = [startProxy(3), startProxy(4)];
    for (const [index, { metrics, push }] of proxies.entries()) {
      metrics.request("default", "GET", 200);
      metrics.leg({ ...LEG_ENDED, seconds: 0.005, sent: tracedBy(String(index + 1)) });
      // The bucket looks again after a snapshot only.
      metrics.leg({ ...LEG_ENDED, seconds: 0.005, sent: tracedBy("9") });
      metrics.leg({ ...LEG_ENDED, seconds: 0.05 });
      hub.update(`proxy-${index}`, await push());
    }
    const text = await hub.expose();
    const open = await hub.expose("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2");
    expect([text, open].map(({ contentType }) => contentType)).toEqual([
      "text/plain; version=0.0.4; charset=utf-8",
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    ]);
    expect(seriesIn(open.body).toSorted()).toEqual(seriesIn(text.body).toSorted());
    expect(open.body.endsWith("\n# EOF\n")).toBe(true);
    expect(open.body.match(/ # \{.*/g)?.map((exemplar) => exemplar.replace(/ [\d.]+$/, ""))).toEqual([
      ` # {trace_id="${"2".repeat(32)}"} 0.005`,
    ]);
    expect(open.body).toContain("# TYPE shadowdiff_requests counter");
  });

  it.each([
    ["", "text/plain"],
    ["*/*", "text/plain"],
    ["text/plain", "text/plain"],
    ["application/openmetrics-text;version=1.0.0", "application/openmetrics-text"],
    ["application/openmetrics-text; q=0, */*", "text/plain"],
    ["text/plain, application/openmetrics-text;q=0.9", "text/plain"],
  ])("for %j, the format is %s", async (accept, type) => {
    expect((await createMetricsHub().expose(accept)).contentType.startsWith(`${type};`)).toBe(true);
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
