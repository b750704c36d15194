import { z } from "zod";
import { MAX_LABEL_CHARS, MAX_LABELS } from "../../config/defaults.ts";
import { LABEL_KEY } from "../../config/values/labels.ts";
import type { ComparedCause, RunComparison } from "../../model/views/run-comparison.ts";
import type { Gate, Run } from "../../model/run.ts";
import type { RunSummary } from "../../model/views/run-summary.ts";
import { ruleSchema } from "./rule-schema.ts";

export const labelsSchema = z.record(z.string(), z.string());

export const gateSchema = z
  .object({
    parity: z.number(),
    latencyRatio: z.number(),
    p95Ratio: z.number().optional(),
    p99Ratio: z.number().optional(),
    p95Ms: z.number().optional(),
    p99Ms: z.number().optional(),
    minCompared: z.number(),
    errorRate: z.number(),
    minSuccess: z.number(),
    minEndpoints: z.number(),
    coverage: z.array(z.string()).readonly(),
    operations: z
      .array(z.string())
      .readonly()
      .optional()
      .describe("The endpoints of all operations of the contract; absent without one"),
    endpoints: z
      .array(
        z.object({
          endpoint: z.string(),
          parity: z.number().optional(),
          latencyRatio: z.number().optional(),
          p95Ratio: z.number().optional(),
          p99Ratio: z.number().optional(),
          p95Ms: z.number().optional(),
          p99Ms: z.number().optional(),
          minCompared: z.number().optional(),
          errorRate: z.number().optional(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "Gate" }) satisfies z.ZodType<Gate>;

const name = z.string().min(1).max(200);
const LABEL_REMEDY = "use only letters, digits, dots, dashes and underscores in a label name";

const runSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    startedAt: z.number().describe("Unix milliseconds"),
    endedAt: z.number().nullable().describe("Unix milliseconds; null while the run is active"),
    labels: labelsSchema.readonly(),
    primary: z.string(),
    candidates: z.array(z.string()).readonly(),
    secondary: z.string().nullable(),
    gate: gateSchema,
    rules: z.array(ruleSchema).readonly().describe("Configured rules"),
  })
  .meta({ id: "Run" }) satisfies z.ZodType<Run>;

/** Newest first. */
export const runsSchema = z.object({ current: z.string(), runs: z.array(runSchema).readonly() }).meta({ id: "Runs" });

/** The request to begin a run. */
export const runBody = z.strictObject({
  name: name.optional().describe("Default: the id of the run"),
  labels: z
    .record(z.string().regex(LABEL_KEY, LABEL_REMEDY), z.string().max(MAX_LABEL_CHARS))
    .refine((labels) => Object.keys(labels).length <= MAX_LABELS, { error: `at most ${MAX_LABELS} labels` })
    .default({})
    .describe("Added to the configured labels"),
});

/** What Flagger sends to every webhook: CanaryWebhookPayload of its API v1beta1. */
export const flaggerBody = z.object({
  name: name.describe("Name of the canary"),
  namespace: name,
  checksum: z
    .string()
    .min(1)
    .max(MAX_LABEL_CHARS)
    .describe("Of the revision of the canary; the label `checksum` of the run"),
});

export const flaggerRunSchema = z.object({ current: runSchema }).meta({ id: "FlaggerRun" });

export const runSwitchSchema = z
  .object({
    ended: runSchema,
    current: runSchema,
    waiting: z
      .array(z.string())
      .readonly()
      .optional()
      .describe(
        "Live replicas of a shared store that still count to the run that has ended; they follow when they can",
      ),
  })
  .meta({ id: "RunSwitch" });

/** Query parameters that select a run and a candidate. */
export const selectionQuery = {
  run: name.optional().describe("Id or name of a run; default: the current run, also `current`"),
  candidate: name.optional().describe("The candidate's subset; required if the run has several candidates"),
};

export const summaryQuery = z.object(selectionQuery);

export const summarySchema = z
  .object({
    run: z.string().describe("Id of the run"),
    candidate: z.string(),
    verdict: z.enum(["pass", "fail", "inconclusive"]),
    compared: z.number(),
    differed: z.number().describe("Noise included"),
    endpoints: z.number(),
    failing: z.number().describe("Endpoints that fail"),
  })
  .meta({ id: "RunSummary" }) satisfies z.ZodType<RunSummary>;

export const comparisonQuery = z.object({
  before: selectionQuery.run.describe("Id or name of a run; default: the previous run with the same candidate"),
  after: selectionQuery.run.describe("Id or name of a run; default: the current run"),
  candidate: selectionQuery.candidate,
});

const runHead = z.object({ id: z.string(), name: z.string(), labels: labelsSchema.readonly() });

const cause = z
  .object({
    endpoint: z.string(),
    signature: z.string(),
    title: z.string(),
    verdict: z.enum(["noise", "likely", "real"]),
    before: z
      .number()
      .nullable()
      .describe("Share of the endpoint's compared exchanges; null if the run does not have the cause"),
    after: z.number().nullable(),
  })
  .meta({ id: "ComparedCause" }) satisfies z.ZodType<ComparedCause>;

const causes = z.array(cause).readonly();

export const comparisonSchema = z
  .object({
    before: runHead,
    after: runHead,
    new: causes,
    fixed: causes,
    still: causes,
    unseen: z
      .array(z.string())
      .readonly()
      .describe("Endpoints with causes in the earlier run and too few comparisons in the later run"),
  })
  .meta({ id: "RunComparison" }) satisfies z.ZodType<RunComparison>;
