import { z } from "zod";
import type { Status } from "../../model/status.ts";

const subset = z.object({ name: z.string(), url: z.string() });

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
  store: z.object({
    path: z.string(),
    error: z.string().nullable().describe("Why nothing can be stored at the moment"),
    lostExchanges: z.number().optional(),
    pendingBatches: z.number().optional(),
  }),
  threads: z.array(z.object({ name: z.string(), restarts: z.number() })).readonly(),
  ready: z.boolean(),
  paused: z.boolean().describe("The kill switch is on: nothing is mirrored"),
  config: z.object({
    source: z.string().describe("The files that it was read from; empty: flags and variables only"),
    loadedAt: z.number().describe("Unix milliseconds"),
    error: z.string().nullable().describe("Why the newest one was not taken; the one before is in force"),
    needsRestart: z.array(z.string()).readonly().describe("Options that changed, but take effect at the next start"),
  }),
  draining: z.boolean(),
};

export const statusSchema = z.object(fields).meta({ id: "Status" }) satisfies z.ZodType<Status>;

/** `degraded`: clients are served, but what is captured cannot be stored. */
export const healthSchema = z
  .object({ health: z.enum(["ok", "degraded", "draining"]), ...fields })
  .meta({ id: "Health" });
