import { expect, it } from "vitest";
import { createReplicaMetrics } from "../../src/serve/replica-metrics.ts";
import { createMetricsHub } from "../../src/telemetry/metrics-hub.ts";
import { listOfA, replicaNamed, sharedState } from "../admin/replicas/replica-fixture.ts";

it("replicas are counted by state, and only live ones have a series that says whether their configuration differs", async () => {
  const list = listOfA();
  const hub = createMetricsHub();
  createReplicaMetrics(hub.registry, () => list.view());
  const other = { hash: "two", sections: {} };
  const series = async () =>
    (await hub.expose()).body.split("\n").filter((line) => line.startsWith("shadowdiff_replica"));
  list.update(sharedState({ replicas: [replicaNamed("b", { config: other }), replicaNamed("c", { state: "lost" })] }));
  expect(await series()).toEqual([
    'shadowdiff_replicas{state="live"} 2',
    'shadowdiff_replicas{state="stalled"} 0',
    'shadowdiff_replicas{state="ended"} 0',
    'shadowdiff_replicas{state="lost"} 1',
    'shadowdiff_replica_config_differs{replica="a"} 0',
    'shadowdiff_replica_config_differs{replica="b"} 1',
  ]);
  list.update(sharedState({ replicas: [replicaNamed("b", { state: "ended", config: other })] }));
  expect((await series()).slice(-1)).toEqual(['shadowdiff_replica_config_differs{replica="a"} 0']);
});
