import { chart } from "../panels.ts";
import { increase, maxBy, quantile, rate, series, sumBy } from "../promql.ts";
import type { Row } from "../row.ts";

const third = { width: 8, height: 8, min: 0 } as const;

/** @param percentile of the last 15 to 30 s */
function delay(percentile: number): string {
  return maxBy(["thread"], series("shadowdiff_event_loop_delay_seconds", [], `percentile="${percentile}"`));
}

export const PROCESS_ROW: Row = {
  title: "Inside shadowdiff",
  panels: [
    chart({
      ...third,
      title: "Queue depth",
      description: "Items waiting or in flight in the bounded queues.",
      unit: "short",
      queries: [{ expr: maxBy(["queue"], series("shadowdiff_queue_depth", [])), legend: "{{queue}}" }],
    }),
    chart({
      ...third,
      title: "Event loop delay",
      description:
        "Maximum and p99 delay of each thread over the last 15 to 30 s. Only the proxy threads serve clients.",
      unit: "s",
      queries: [
        { expr: delay(99), legend: "{{thread}} p99" },
        { expr: delay(100), legend: "{{thread}} max" },
      ],
    }),
    chart({
      ...third,
      title: "CPU by thread",
      description: "CPU seconds per second, by thread.",
      unit: "percentunit",
      queries: [
        { expr: sumBy(["thread"], rate(series("shadowdiff_thread_cpu_seconds_total", []))), legend: "{{thread}}" },
      ],
    }),
    chart({
      ...third,
      title: "Event loop utilization",
      description:
        "Share of time in which the event loop of the thread is active. Near 1, the thread is saturated. With several replicas, that of the busiest.",
      unit: "percentunit",
      queries: [
        {
          expr: maxBy(["thread"], rate(series("shadowdiff_event_loop_active_seconds_total", []))),
          legend: "{{thread}}",
        },
      ],
    }),
    chart({
      ...third,
      title: "Memory",
      description: "Used heap of each thread. With several replicas, that of the largest.",
      unit: "bytes",
      queries: [{ expr: maxBy(["thread"], series("shadowdiff_heap_used_bytes", [])), legend: "{{thread}} heap" }],
    }),
    chart({
      ...third,
      title: "Restarts",
      description: "Threads restarted after they died, per interval.",
      unit: "short",
      queries: [
        { expr: sumBy(["thread"], increase(series("shadowdiff_thread_restarts_total", []))), legend: "{{thread}}" },
      ],
    }),
    chart({
      ...third,
      title: "Store commits, p95",
      description: "p95 duration of the transactions of the store.",
      unit: "s",
      queries: [
        { expr: quantile(0.95, [], series("shadowdiff_store_commit_duration_seconds_bucket", [])), legend: "p95" },
      ],
    }),
    chart({
      ...third,
      title: "Pending batches",
      description: "Batches that the store thread has received and not committed yet.",
      unit: "short",
      queries: [{ expr: sumBy([], series("shadowdiff_store_pending_batches", [])), legend: "pending" }],
    }),
    chart({
      ...third,
      title: "Store losses",
      description: "Failed transactions and lost exchanges per second.",
      unit: "short",
      queries: [
        {
          expr: sumBy([], rate(series("shadowdiff_store_commit_failures_total", []))),
          legend: "failed transactions",
        },
        { expr: sumBy([], rate(series("shadowdiff_store_lost_exchanges_total", []))), legend: "lost exchanges" },
      ],
    }),
  ],
};
