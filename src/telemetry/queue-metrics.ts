import type { Registry } from "prom-client";
import { Gauge } from "./prometheus.ts";

export interface QueueMetrics {
  /**
   * Shows the depth of a queue from now on; threads that watch a queue of the same name are added up.
   * @param read called whenever the metrics are read
   */
  watch(queue: string, read: () => number): void;
}

/** The depth of every bounded queue of a thread, and of what is under way. */
export function createQueueMetrics(registry: Registry): QueueMetrics {
  const queues = new Map<string, () => number>();
  const depth = new Gauge({
    name: "shadowdiff_queue_depth",
    help: "What waits or is under way in a bounded queue, in its own unit (requests, batches, bytes), over all threads.",
    labelNames: ["queue"],
    registers: [registry],
    collect() {
      for (const [queue, read] of queues) depth.set({ queue }, read());
    },
  });
  return { watch: (queue, read) => void queues.set(queue, read) };
}
