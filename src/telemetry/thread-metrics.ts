import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { Registry } from "prom-client";
import { Counter, Gauge } from "./prometheus.ts";

/** Sampling interval; shorter delays are not detected. */
const RESOLUTION_MS = 20;
/** A percentile covers one to two windows, so that a scrape interval of 15 s misses no stall. */
const WINDOW_MS = 15_000;
/** A label `quantile` is reserved for summaries. */
const PERCENTILES: readonly number[] = [50, 90, 99, 99.9, 100];
const NS_PER_SECOND = 1e9;
const US_PER_SECOND = 1e6;
const MS_PER_SECOND = 1e3;

/**
 * Metrics of the calling thread: event loop, CPU and heap, with the label `thread`.
 * @param thread `main`, `proxy-0`, `compare-0`, `store`, …
 * @returns a function that stops the sampling
 */
export function observeThread(registry: Registry, thread: string): () => void {
  const stopDelay = observeDelay(registry, thread);
  observeUsage(registry, thread);
  return stopDelay;
}

function observeDelay(registry: Registry, thread: string): () => void {
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  monitor.enable();
  let previous: readonly number[] = PERCENTILES.map(() => 0);
  let windowStartedAt = performance.now();
  const delay = new Gauge({
    name: "shadowdiff_event_loop_delay_seconds",
    help: "Delay of the event loop of the thread over the last 15 to 30 s. Percentile 100 is the maximum.",
    labelNames: ["thread", "percentile"],
    registers: [registry],
    collect() {
      const current = PERCENTILES.map((percentile) => delaySeconds(monitor.percentile(percentile)));
      for (const [index, percentile] of PERCENTILES.entries()) {
        delay.set({ thread, percentile }, Math.max(current[index] ?? 0, previous[index] ?? 0));
      }
      if (performance.now() - windowStartedAt < WINDOW_MS) return;
      previous = current;
      windowStartedAt = performance.now();
      monitor.reset();
    },
  });
  return () => void monitor.disable();
}

/** The monitor measures the interval between two samples, which equals the resolution without a delay. */
function delaySeconds(intervalNs: number): number {
  return Math.max(0, intervalNs / NS_PER_SECOND - RESOLUTION_MS / MS_PER_SECOND);
}

function observeUsage(registry: Registry, thread: string): void {
  const registers = [registry];
  const labelNames = ["thread"];
  const active = new Counter({
    name: "shadowdiff_event_loop_active_seconds_total",
    help: "Time that the event loop of the thread was active rather than idle.",
    labelNames,
    registers,
    collect() {
      active.reset();
      active.inc({ thread }, performance.eventLoopUtilization().active / MS_PER_SECOND);
    },
  });
  const cpu = new Counter({
    name: "shadowdiff_thread_cpu_seconds_total",
    help: "User and system CPU time of the thread in seconds.",
    labelNames,
    registers,
    collect() {
      const { user, system } = process.threadCpuUsage();
      cpu.reset();
      cpu.inc({ thread }, (user + system) / US_PER_SECOND);
    },
  });
  const heap = new Gauge({
    name: "shadowdiff_heap_used_bytes",
    help: "Used JavaScript heap of the thread in bytes.",
    labelNames,
    registers,
    collect() {
      heap.set({ thread }, getHeapStatistics().used_heap_size);
    },
  });
}
