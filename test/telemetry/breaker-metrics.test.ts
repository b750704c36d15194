import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import type { BreakerReport } from "../../src/model/control.ts";
import { createMetricsHub } from "../../src/telemetry/metrics-hub.ts";
import { breakerView, createBreakerMetrics } from "../../src/telemetry/breaker-metrics.ts";

const CLOSED: BreakerReport = { route: "r", candidate: "v2", state: "closed", failures: 0, opens: 0 };

async function snapshot(reports: readonly BreakerReport[]): Promise<object[]> {
  const registry = new Registry();
  createBreakerMetrics(registry, () => reports);
  // An earlier scrape must not add to the counters.
  await registry.getMetricsAsJSON();
  return registry.getMetricsAsJSON();
}

describe("breaker metrics", () => {
  it("report the worst state of all threads and sum their counters, including ended threads", async () => {
    const hub = createMetricsHub();
    const view = () => breakerView((name, labels) => hub.count(name, labels), "r", "v2");
    hub.update(
      "proxy-0",
      await snapshot([CLOSED, { ...CLOSED, candidate: "v3", state: "open", failures: 99, opens: 9 }]),
    );
    expect(view()).toEqual({ state: "closed", failures: 0, opens: 0 });
    hub.update("proxy-1", await snapshot([{ ...CLOSED, state: "half-open", failures: 5, opens: 1 }]));
    expect(view()).toEqual({ state: "half-open", failures: 5, opens: 1 });
    hub.update("proxy-0", await snapshot([{ ...CLOSED, state: "open", failures: 7, opens: 2 }]));
    expect(view()).toEqual({ state: "open", failures: 12, opens: 3 });
    hub.retire("proxy-0");
    expect(view()).toEqual({ state: "half-open", failures: 12, opens: 3 });
  });

  it("initialize every breaker with 0 and remove those of removed candidates", async () => {
    const registry = new Registry();
    let reports: readonly BreakerReport[] = [CLOSED];
    createBreakerMetrics(registry, () => reports);
    const text = async (): Promise<string[]> =>
      (await registry.metrics()).split("\n").filter((line) => line.startsWith("shadowdiff_"));
    expect(await text()).toEqual([
      'shadowdiff_breaker_open{route="r",candidate="v2"} 0',
      'shadowdiff_breaker_half_open{route="r",candidate="v2"} 0',
      'shadowdiff_breaker_failures_total{route="r",candidate="v2"} 0',
      'shadowdiff_breaker_opens_total{route="r",candidate="v2"} 0',
    ]);
    reports = [];
    expect(await text()).toEqual([]);
  });
});
