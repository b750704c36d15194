import { z } from "zod";
import { MAX_LABEL_CHARS, MAX_LABELS } from "../../config/defaults.ts";
import { LABEL_KEY } from "../../config/values/labels.ts";
import type { Gate, Run } from "../../model/run.ts";
import { ruleSchema } from "./rule-schema.ts";

export const labelsSchema = z.record(z.string(), z.string());

export const gateSchema = z
  .object({
    parity: z.number(),
    latencyRatio: z.number(),
    minCompared: z.number(),
    errorRate: z.number(),
    coverage: z.array(z.string()).readonly(),
    endpoints: z
      .array(
        z.object({
          endpoint: z.string(),
          parity: z.number().optional(),
          latencyRatio: z.number().optional(),
          minCompared: z.number().optional(),
          errorRate: z.number().optional(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "Gate" }) satisfies z.ZodType<Gate>;

const name = z.string().min(1).max(200);
const LABEL_REMEDY = "name a label with letters, digits, dot, dash and underscore";

const runSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    startedAt: z.number().describe("Unix milliseconds"),
    endedAt: z.number().nullable().describe("Unix milliseconds; null while it goes on"),
    labels: labelsSchema.readonly(),
    primary: z.string(),
    candidates: z.array(z.string()).readonly(),
    secondary: z.string().nullable(),
    gate: gateSchema,
    rules: z.array(ruleSchema).readonly().describe("Those of the configuration"),
  })
  .meta({ id: "Run" }) satisfies z.ZodType<Run>;

/** Newest first. */
export const runsSchema = z.object({ current: z.string(), runs: z.array(runSchema).readonly() }).meta({ id: "Runs" });

/** What is begun. */
export const runBody = z.strictObject({
  name: name.optional().describe("default: the run's id"),
  labels: z
    .record(z.string().regex(LABEL_KEY, LABEL_REMEDY), z.string().max(MAX_LABEL_CHARS))
    .refine((labels) => Object.keys(labels).length <= MAX_LABELS, { error: `at most ${MAX_LABELS} labels` })
    .default({})
    .describe("On top of the configured ones"),
});

export const runSwitchSchema = z.object({ ended: runSchema, current: runSchema }).meta({ id: "RunSwitch" });

/** Which run and candidate a question is about. */
export const selectionQuery = {
  run: name.optional().describe("A run's id; default: the current run"),
  candidate: name.optional().describe("A candidate's subset; needed when the run has several"),
};
