import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { Registry } from "prom-client";
import { Counter, Gauge } from "./prometheus.ts";

/** The sampler wakes this often, so shorter delays are not seen. */
const RESOLUTION_MS = 20;
/** A quantile covers this long at least and twice as long at most, so a scrape every 15 s misses no stall. */
const WINDOW_MS = 15_000;
const QUANTILES: readonly number[] = [0.5, 0.9, 0.99, 0.999, 1];
const NS_PER_SECOND = 1e9;
const US_PER_SECOND = 1e6;
const MS_PER_SECOND = 1e3;

/**
 * Event loop, CPU and heap of the calling thread, each with the label `thread`.
 * @param thread `main`, `proxy-0`, `compare-0`, `store`, …
 * @returns stop: ends the sampling
 */
export function observeThread(registry: Registry, thread: string): () => void {
  const stopDelay = observeDelay(registry, thread);
  observeUse(registry, thread);
  return stopDelay;
}

function observeDelay(registry: Registry, thread: string): () => void {
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  monitor.enable();
  let before: readonly number[] = QUANTILES.map(() => 0);
  let windowBegan = performance.now();
  const delay = new Gauge({
    name: "shadowdiff_event_loop_delay_seconds",
    help: "How much later than due the thread's event loop came round; quantile 1 is the largest delay.",
    labelNames: ["thread", "quantile"],
    registers: [registry],
    collect() {
      const now = QUANTILES.map((quantile) => secondsLate(monitor.percentile(quantile * 100)));
      for (const [index, quantile] of QUANTILES.entries()) {
        delay.set({ thread, quantile }, Math.max(now[index] ?? 0, before[index] ?? 0));
      }
      if (performance.now() - windowBegan < WINDOW_MS) return;
      before = now;
      windowBegan = performance.now();
      monitor.reset();
    },
  });
  return () => void monitor.disable();
}

/** The monitor measures from one waking to the next, which is the resolution when nothing is late. */
function secondsLate(intervalNs: number): number {
  return Math.max(0, intervalNs / NS_PER_SECOND - RESOLUTION_MS / MS_PER_SECOND);
}

function observeUse(registry: Registry, thread: string): void {
  const registers = [registry];
  const labelNames = ["thread"];
  const active = new Counter({
    name: "shadowdiff_event_loop_active_seconds_total",
    help: "Time that the thread's event loop spent working, not waiting.",
    labelNames,
    registers,
    collect() {
      active.reset();
      active.inc({ thread }, performance.eventLoopUtilization().active / MS_PER_SECOND);
    },
  });
  const cpu = new Counter({
    name: "shadowdiff_thread_cpu_seconds_total",
    help: "CPU time of the thread.",
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
    help: "JavaScript heap in use by the thread.",
    labelNames,
    registers,
    collect() {
      heap.set({ thread }, getHeapStatistics().used_heap_size);
    },
  });
}
