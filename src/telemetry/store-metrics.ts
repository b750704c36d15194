import type { Registry } from "prom-client";
import { Counter, Gauge, Histogram } from "./prometheus.ts";

/** Upper bounds in seconds. One batch takes less than a millisecond; a slow disk can take seconds. */
const COMMIT_BUCKETS: readonly number[] = [0.001, 0.0025, 0.006, 0.015, 0.04, 0.1, 0.3, 1, 3, 10];

export interface StoreMetrics {
  /** Records a committed transaction. */
  committed(batches: number, seconds: number): void;
  /** Counts a failed transaction, whose batches will be retried. */
  failed(): void;
  /** Counts captured exchanges that could not be stored. */
  lost(exchanges: number): void;
  /** Counts requests whose counts do not add up. */
  requestsLost(requests: number): void;
  /** Counts a file that was deleted, moved or replaced. */
  fileLost(): void;
}

/**
 * Metrics of the store thread.
 * @param pendingBatches called with each scrape: the number of batches that are not committed yet
 */
export function createStoreMetrics(registry: Registry, pendingBatches: () => number): StoreMetrics {
  const registers = [registry];
  const batchesTotal = new Counter({
    name: "shadowdiff_store_batches_total",
    help: "Batches committed to the store.",
    registers,
  });
  const commits = new Histogram({
    name: "shadowdiff_store_commit_duration_seconds",
    help: "Duration of committed transactions.",
    buckets: [...COMMIT_BUCKETS],
    registers,
  });
  const failures = new Counter({
    name: "shadowdiff_store_commit_failures_total",
    help: "Failed transactions. Their batches are retried.",
    registers,
  });
  const losses = new Counter({
    name: "shadowdiff_store_lost_exchanges_total",
    help: "Captured exchanges that could not be stored.",
    registers,
  });
  const lostRequests = new Counter({
    name: "shadowdiff_lost_requests_total",
    help: "Requests that were received and have no fate, or two: the accounting does not add up. Always a defect of shadowdiff.",
    registers,
  });
  const lostFiles = new Counter({
    name: "shadowdiff_store_lost_files_total",
    help: "Store files that were deleted, moved or replaced while in use.",
    registers,
  });
  const pending = new Gauge({
    name: "shadowdiff_store_pending_batches",
    help: "Batches that the store thread has received and not committed yet.",
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
    requestsLost: (requests) => lostRequests.inc(requests),
    fileLost: () => lostFiles.inc(),
  };
}
