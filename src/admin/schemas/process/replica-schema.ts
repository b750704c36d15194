import { z } from "zod";
import type { Replicas, ReplicaSummary } from "../../../model/views/replicas.ts";

const texts = z.array(z.string()).readonly();

export const replicaSummarySchema = z.object({
  live: z.number(),
  stalled: texts.describe("Names of replicas whose heartbeat is late"),
  lost: texts.describe("Names of replicas that were lost in the current run and not replaced"),
  differing: z
    .array(z.object({ name: z.string(), sections: texts.describe("Top-level options") }))
    .readonly()
    .describe("Live replicas with another configuration than this one"),
}) satisfies z.ZodType<ReplicaSummary>;

const replicaSchema = z
  .object({
    id: z.string().describe("Unique for each process"),
    name: z.string().describe("replicaName, by default the name of the host"),
    self: z.boolean().describe("The replica that was asked"),
    state: z
      .enum(["live", "stalled", "ended", "lost"])
      .describe(
        "stalled: its heartbeat is late. ended: it was shut down. lost: without a heartbeat for so long that its requests in flight count as interrupted",
      ),
    heartbeatAgeMs: z.number().describe("Milliseconds since its last heartbeat"),
    version: z.string().describe("With the commit"),
    startedAt: z.number().describe("Unix milliseconds"),
    listenUrl: z.string(),
    adminUrl: z.string().describe("As the replica knows its own address, which can be unreachable from elsewhere"),
    runId: z.string().nullable().describe("The run to which its requests are counted"),
    applied: z.number().describe("The latest change of the shared state that its proxy threads apply"),
    config: z.object({
      hash: z.string().describe("Equal for equal configurations, except addresses, ports, files, threads and secrets"),
      sections: z.record(z.string(), z.string()).readonly().describe("The hash of each top-level option"),
    }),
    differing: texts.describe("The top-level options that differ from those of this replica"),
    health: z.object({
      ready: z.boolean(),
      draining: z.boolean(),
      storeError: z.string().nullable(),
      lostExchanges: z.number().describe("Captured exchanges that could not be stored"),
      droppedCopies: z.number().describe("Copies that were dropped to protect the primary"),
      down: texts.describe("Upstream addresses that do not respond"),
      threadRestarts: z.number(),
    }),
  })
  .meta({ id: "Replica" });

export const replicasSchema = z
  .object({
    shared: z.boolean().describe("Whether replicas can share the store; otherwise the list has only this process"),
    change: z.number().describe("The latest change of the shared state that this replica has read"),
    replicas: z.array(replicaSchema).readonly().describe("Of the last day, by name"),
  })
  .meta({ id: "Replicas" }) satisfies z.ZodType<Replicas>;
