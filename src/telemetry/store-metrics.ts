import type { Registry } from "prom-client";
import { Counter, Gauge, Histogram } from "./prometheus.ts";

/** Seconds. A transaction of one batch takes below a millisecond, a file that has to be cleaned takes seconds. */
const COMMIT_BUCKETS: readonly number[] = [0.001, 0.0025, 0.006, 0.015, 0.04, 0.1, 0.3, 1, 3, 10];

export interface StoreMetrics {
  /** A transaction with so many batches was committed within `seconds`. */
  committed(batches: number, seconds: number): void;
  /** A transaction failed; its batches are kept and tried again. */
  failed(): void;
  /** Captured exchanges that will never be stored. */
  lost(exchanges: number): void;
}

/**
 * What the store thread counts.
 * @param pendingBatches read whenever the metrics are: batches that have come and are not committed
 */
export function createStoreMetrics(registry: Registry, pendingBatches: () => number): StoreMetrics {
  const registers = [registry];
  const batchesTotal = new Counter({
    name: "shadowdiff_store_batches_total",
    help: "Batches that were committed to the store.",
    registers,
  });
  const commits = new Histogram({
    name: "shadowdiff_store_commit_duration_seconds",
    help: "Duration of transactions that were committed.",
    buckets: [...COMMIT_BUCKETS],
    registers,
  });
  const failures = new Counter({
    name: "shadowdiff_store_commit_failures_total",
    help: "Transactions that failed.",
    registers,
  });
  const losses = new Counter({
    name: "shadowdiff_store_lost_exchanges_total",
    help: "Captured exchanges that could not be stored.",
    registers,
  });
  const pending = new Gauge({
    name: "shadowdiff_store_pending_batches",
    help: "Batches that have reached the store thread and are not committed yet.",
    registers,
    collect() {
      pending.set(pendingBatches());
    },
  });
  return {
    committed(batches, seconds) {
      batchesTotal.inc(batches);
      commits.observe(seconds);
    },
    failed: () => failures.inc(),
    lost: (exchanges) => losses.inc(exchanges),
  };
}
