import { Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { observeProcess } from "../../src/telemetry/process-metrics.ts";
import { observeThread } from "../../src/telemetry/thread-metrics.ts";

const STALL_MS = 300;
/** Two sampling intervals: the error at the ends of a stall. */
const SLACK_MS = 40;

/** Blocks the calling thread. */
function stall(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function valueOf(registry: Registry, name: string, labels: Record<string, string | number>): Promise<number> {
  const metric = (await registry.getMetricsAsJSON()).find((candidate) => candidate.name === name);
  const found = metric?.values.find((series) =>
    Object.entries(labels).every(([label, value]) => series.labels[label] === value),
  );
  return found?.value ?? Number.NaN;
}

describe("observeThread", () => {
  let stop: (() => void) | undefined;
  afterEach(() => stop?.());

  it("reports the delay of a blocked event loop, its active time and CPU", async () => {
    const registry = new Registry();
    stop = observeThread(registry, "compare-0");
    const labels = { thread: "compare-0" };
    const cpuBefore = await valueOf(registry, "shadowdiff_thread_cpu_seconds_total", labels);
    // The sampler needs a first sample before the stall.
    await new Promise((resolve) => setTimeout(resolve, 2 * SLACK_MS));
    stall(STALL_MS);
    await expect
      .poll(() => valueOf(registry, "shadowdiff_event_loop_delay_seconds", { ...labels, percentile: 100 }))
      .toBeGreaterThan((STALL_MS - SLACK_MS) / 1000);
    expect(await valueOf(registry, "shadowdiff_event_loop_active_seconds_total", labels)).toBeGreaterThan(
      STALL_MS / 1000 - 0.05,
    );
    expect(await valueOf(registry, "shadowdiff_thread_cpu_seconds_total", labels)).toBeGreaterThan(cpuBefore);
    expect(await valueOf(registry, "shadowdiff_heap_used_bytes", labels)).toBeGreaterThan(1e6);
  });
});

describe("observeProcess", () => {
  it("reports CPU, memory, start time and descriptors under the standard names", async () => {
    const registry = new Registry();
    observeProcess(registry);
    const before = process.cpuUsage();
    const seconds = await valueOf(registry, "process_cpu_seconds_total", {});
    expect(seconds).toBeGreaterThanOrEqual((before.user + before.system) / 1e6);
    expect(await valueOf(registry, "process_resident_memory_bytes", {})).toBeGreaterThan(1e7);
    expect(await valueOf(registry, "process_open_fds", {})).toBeGreaterThan(3);
    const started = await valueOf(registry, "process_start_time_seconds", {});
    expect(Math.abs(started - (Date.now() / 1000 - process.uptime()))).toBeLessThan(5);
  });
});
