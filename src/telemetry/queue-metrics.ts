import type { Registry } from "prom-client";
import { Gauge } from "./prometheus.ts";

export interface QueueMetrics {
  /**
   * Reports the depth of a queue. Queues of the same name in several threads are summed.
   * @param read called with each scrape
   */
  watch(queue: string, read: () => number): void;
}

/** Metrics of the bounded queues of a thread. */
export function createQueueMetrics(registry: Registry): QueueMetrics {
  const queues = new Map<string, () => number>();
  const depth = new Gauge({
    name: "shadowdiff_queue_depth",
    help: "Items waiting or in flight in a bounded queue, in its unit (requests, batches or bytes), over all threads.",
    labelNames: ["queue"],
    registers: [registry],
    collect() {
      for (const [queue, read] of queues) depth.set({ queue }, read());
    },
  });
  return { watch: (queue, read) => void queues.set(queue, read) };
}
