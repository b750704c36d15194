import { Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { observeProcess } from "../../src/telemetry/process-metrics.ts";
import { observeThread } from "../../src/telemetry/thread-metrics.ts";

const STALL_MS = 300;
/** Two wakings of the sampler: what it may miss at the ends of a stall. */
const SLACK_MS = 40;

/** Holds the calling thread, as a comparison that takes long would. */
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

  it("shows how long the event loop stood still, and that the time was worked", async () => {
    const registry = new Registry();
    stop = observeThread(registry, "compare-0");
    const labels = { thread: "compare-0" };
    const cpuBefore = await valueOf(registry, "shadowdiff_thread_cpu_seconds_total", labels);
    // The sampler measures from one waking to the next, so it must have woken once.
    await new Promise((resolve) => setTimeout(resolve, 2 * SLACK_MS));
    stall(STALL_MS);
    await expect
      .poll(() => valueOf(registry, "shadowdiff_event_loop_delay_seconds", { ...labels, quantile: 1 }))
      .toBeGreaterThan((STALL_MS - SLACK_MS) / 1000);
    expect(await valueOf(registry, "shadowdiff_event_loop_active_seconds_total", labels)).toBeGreaterThan(
      STALL_MS / 1000 - 0.05,
    );
    expect(await valueOf(registry, "shadowdiff_thread_cpu_seconds_total", labels)).toBeGreaterThan(cpuBefore);
    expect(await valueOf(registry, "shadowdiff_heap_used_bytes", labels)).toBeGreaterThan(1e6);
  });
});

describe("observeProcess", () => {
  it("shows CPU, memory, start and descriptors under the names that every client uses", async () => {
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
