import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { createStoreMetrics } from "../../src/telemetry/store-metrics.ts";

describe("createStoreMetrics", () => {
  it("counts commits, failures and losses, and reads the pending batches with each scrape", async () => {
    const registry = new Registry();
    let pending = 4;
    const metrics = createStoreMetrics(registry, () => pending);
    metrics.committed(3, 0.002);
    metrics.committed(1, 0.02);
    metrics.failed();
    metrics.lost(250);
    const first = await registry.metrics();
    expect(first).toContain("shadowdiff_store_batches_total 4\n");
    expect(first).toContain("shadowdiff_store_commit_duration_seconds_count 2\n");
    expect(first).toContain('shadowdiff_store_commit_duration_seconds_bucket{le="0.0025"} 1\n');
    expect(first).toContain("shadowdiff_store_commit_failures_total 1\n");
    expect(first).toContain("shadowdiff_store_lost_exchanges_total 250\n");
    expect(first).toContain("shadowdiff_store_pending_batches 4\n");
    pending = 0;
    expect(await registry.metrics()).toContain("shadowdiff_store_pending_batches 0\n");
  });
});
