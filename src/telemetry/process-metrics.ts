import { readdir } from "node:fs/promises";
import type { Registry } from "prom-client";
import { Counter, Gauge } from "./prometheus.ts";

const US_PER_SECOND = 1e6;
const MS_PER_SECOND = 1e3;
/** One entry for each open descriptor; only Linux has it. */
const DESCRIPTORS = "/proc/self/fd";

/**
 * The process as a whole, under the names that every Prometheus client uses. Only the main thread may: all threads would
 * report the same numbers, and sums over threads would multiply them.
 */
export function observeProcess(registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: "process_start_time_seconds",
    help: "Start of the process, Unix seconds.",
    registers,
  }).set(Date.now() / MS_PER_SECOND - process.uptime());
  const cpu = new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of all threads, user and system.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / US_PER_SECOND);
    },
  });
  const memory = new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the process.",
    registers,
    collect() {
      memory.set(process.memoryUsage.rss());
    },
  });
  const descriptors = new Gauge({
    name: "process_open_fds",
    help: "Open file descriptors; absent where the system does not tell.",
    registers,
    async collect() {
      const open = await readdir(DESCRIPTORS).catch(() => undefined);
      if (open === undefined) descriptors.remove();
      else descriptors.set(open.length);
    },
  });
}
