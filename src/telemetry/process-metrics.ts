import { readdir } from "node:fs/promises";
import type { Registry } from "prom-client";
import { readDescriptorLimit } from "../lib/runtime/descriptors.ts";
import { Counter, Gauge } from "./prometheus.ts";

const US_PER_SECOND = 1e6;
const MS_PER_SECOND = 1e3;
/** One entry per open file descriptor; exists only on Linux. */
const DESCRIPTORS = "/proc/self/fd";

/**
 * Process metrics under the standard names of Prometheus clients. Call it in the main thread only: every thread would report
 * the same numbers, and their sum would be wrong.
 */
export function observeProcess(registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: "process_start_time_seconds",
    help: "Start time of the process in Unix seconds.",
    registers,
  }).set(Date.now() / MS_PER_SECOND - process.uptime());
  const cpu = new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system CPU time of the process in seconds.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / US_PER_SECOND);
    },
  });
  const memory = new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the process in bytes.",
    registers,
    collect() {
      memory.set(process.memoryUsage.rss());
    },
  });
  const limit = new Gauge({
    name: "process_max_fds",
    help: "Limit of open file descriptors. Linux only.",
    registers,
    collect() {
      const max = readDescriptorLimit();
      if (max === null) limit.remove();
      else limit.set(max);
    },
  });
  const descriptors = new Gauge({
    name: "process_open_fds",
    help: "Open file descriptors. Linux only.",
    registers,
    async collect() {
      const open = await readdir(DESCRIPTORS).catch(() => undefined);
      if (open === undefined) descriptors.remove();
      else descriptors.set(open.length);
    },
  });
}
