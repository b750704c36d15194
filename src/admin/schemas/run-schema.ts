import { z } from "zod";
import type { Gate, Run } from "../../model/run.ts";

export const gateSchema = z
  .object({ parity: z.number(), latencyRatio: z.number(), minCompared: z.number() })
  .meta({ id: "Gate" }) satisfies z.ZodType<Gate>;

const runSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    startedAt: z.number().describe("Unix milliseconds"),
    primary: z.string(),
    candidates: z.array(z.string()).readonly(),
    secondary: z.string().nullable(),
    gate: gateSchema,
  })
  .meta({ id: "Run" }) satisfies z.ZodType<Run>;

/** Newest first. */
export const runsSchema = z.object({ current: z.string(), runs: z.array(runSchema).readonly() }).meta({ id: "Runs" });

const name = z.string().min(1).max(200);

/** Which run and candidate a question is about. */
export const selectionQuery = {
  run: name.optional().describe("A run's id; default: the current run"),
  candidate: name.optional().describe("A candidate's subset; needed when the run has several"),
};
