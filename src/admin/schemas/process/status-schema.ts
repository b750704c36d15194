import { z } from "zod";
import type { Status } from "../../../model/status.ts";
import { replicaSummarySchema } from "./replica-schema.ts";

const subset = z.object({ name: z.string(), url: z.string() });

export const configStatusFields = {
  source: z.string().describe("The files it was loaded from; empty if only flags and environment variables were used"),
  loadedAt: z.number().describe("Unix milliseconds"),
  error: z.string().nullable().describe("Why the last reload failed; the previous configuration is still in force"),
  needsRestart: z.array(z.string()).readonly().describe("Changed options that take effect only after a restart"),
};

const fields = {
  version: z.string(),
  runId: z.string(),
  startedAt: z.number().describe("Unix milliseconds"),
  uptimeMs: z.number(),
  listenUrl: z.string(),
  adminUrl: z.string(),
  primary: subset,
  candidates: z.array(subset).readonly(),
  secondary: subset.nullable(),
  down: z
    .array(
      z.object({
        role: z.enum(["primary", "candidate", "secondary"]),
        subset: z.string(),
        address: z.string().describe("URL"),
        since: z.number().describe("Unix milliseconds"),
        reason: z.string().describe("In words: connection refused"),
        failed: z.number().describe("Requests that failed"),
      }),
    )
    .readonly()
    .optional()
    .describe("Upstream addresses that do not respond"),
  store: z.object({
    path: z.string(),
    error: z.string().nullable().describe("Why the store cannot write; null if it can"),
    lostExchanges: z
      .number()
      .optional()
      .describe("Captured exchanges that could not be stored, or whose file was deleted, moved or replaced"),
    lostFileAt: z
      .number()
      .nullable()
      .optional()
      .describe(
        "When the store file was last deleted, moved or replaced while in use, Unix milliseconds; null if never",
      ),
    pendingBatches: z.number().optional().describe("Batches that the store has not acknowledged yet"),
  }),
  replicas: replicaSummarySchema.optional().describe("The replicas of the store, if it can be shared"),
  threads: z.array(z.object({ name: z.string(), restarts: z.number() })).readonly(),
  probes: z.number().optional().describe("Requests sent again since the start, which no other count has"),
  lostRequests: z
    .number()
    .optional()
    .describe("Requests that a defect of shadowdiff has lost; anything but 0 is an alarm"),
  ready: z.boolean(),
  paused: z.boolean().describe("The kill switch is on: no request is mirrored"),
  config: z.object(configStatusFields),
  draining: z.boolean().describe("shadowdiff is shutting down and is finishing the requests in flight"),
};

export const statusSchema = z.object(fields).meta({ id: "Status" }) satisfies z.ZodType<Status>;

/** `degraded`: clients are served, but captured exchanges cannot be stored. */
export const healthSchema = z
  .object({ health: z.enum(["ok", "degraded", "draining"]), ...fields })
  .meta({ id: "Health" });
