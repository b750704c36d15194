import type { Registry } from "prom-client";
import type { ReplicaState } from "../model/shared/replica.ts";
import type { Replicas } from "../model/views/replicas.ts";
import { Gauge } from "../telemetry/prometheus.ts";

const STATES: readonly ReplicaState[] = ["live", "stalled", "ended", "lost"];

/** Metrics of the replicas of a shared store, as this one sees them. @param view called with each scrape; reads from memory */
export function createReplicaMetrics(registry: Registry, view: () => Replicas): void {
  registry.registerMetric(createStateGauge(view));
  registry.registerMetric(createDifferenceGauge(view));
}

function createStateGauge(view: () => Replicas) {
  return new Gauge({
    name: "shadowdiff_replicas",
    help: "Replicas of the store by state, as this replica sees them.",
    labelNames: ["state"],
    registers: [],
    collect() {
      const { replicas } = view();
      for (const state of STATES) this.set({ state }, replicas.filter((each) => each.state === state).length);
    },
  });
}

function createDifferenceGauge(view: () => Replicas) {
  return new Gauge({
    name: "shadowdiff_replica_config_differs",
    help: "1 if a live replica of the store has another configuration than this one, 0 if not.",
    labelNames: ["replica"],
    registers: [],
    collect() {
      this.reset();
      for (const { name, state, differing } of view().replicas) {
        if (state === "live") this.set({ replica: name }, differing.length > 0 ? 1 : 0);
      }
    },
  });
}
