import { z } from "zod";
import type { Report } from "../../model/report.ts";
import { endpointSchema } from "./endpoint-schema.ts";
import { errorsSchema, latencySchema, proportionSchema, ratioSchema, verdictSchema } from "./statistics-schema.ts";
import { ruleSchema } from "./rule-schema.ts";
import { gateSchema, labelsSchema, selectionQuery } from "./run-schema.ts";

export const reportQuery = z.object(selectionQuery);

const accounting = z
  .object({
    received: z.number(),
    sampledOut: z.number(),
    mirrored: z.number(),
    compared: z.number(),
    matched: z.number(),
    differed: z.number(),
    noiseCompared: z.number(),
    notMirrored: z.partialRecord(z.enum(["method", "route", "upgrade", "loop", "paused"]), z.number()),
    dropped: z.partialRecord(z.enum(["inflight", "bytes", "breaker", "queue"]), z.number()),
    skipped: z.partialRecord(
      z.enum(["primary-failed", "client-aborted", "thread-died", "timeout", "error"]),
      z.number(),
    ),
  })
  .meta({ id: "Accounting" });

const placebo = z
  .object({
    compared: z.number(),
    parity: proportionSchema,
    verdict: verdictSchema,
    fields: z.number(),
    falselyReal: z.number(),
    falseAlarmRate: z.number(),
    latencyRatio: ratioSchema.nullable(),
  })
  .meta({ id: "Placebo" })
  .describe("The result for the secondary, judged like a candidate");

const ruleReport = z
  .object({
    rule: ruleSchema,
    state: z.enum(["active", "expired", "dead"]),
    hits: z.number(),
    past: z.object({ samples: z.number(), explained: z.number() }).nullable(),
  })
  .meta({ id: "RuleReport" });

export const reportSchema = z
  .object({
    run: z.object({
      id: z.string(),
      name: z.string(),
      startedAt: z.number().describe("Unix milliseconds"),
      endedAt: z.number().nullable().describe("Unix milliseconds; null while the run is active"),
      labels: labelsSchema.readonly(),
    }),
    candidate: z.string(),
    verdict: verdictSchema,
    reasons: z.array(z.string()).readonly(),
    gate: gateSchema,
    accounting,
    parity: proportionSchema,
    parityVerdict: verdictSchema.describe("Whether the parity of all endpoints together meets the gate"),
    latency: latencySchema,
    needed: z
      .number()
      .nullable()
      .describe("Further comparisons without a difference that the run needs to pass; null if no number is enough"),
    errors: errorsSchema,
    placebo: placebo.nullable(),
    rules: z.array(ruleReport).readonly(),
    uncovered: z.array(z.string()).readonly(),
    overflow: z.object({ endpoints: z.number(), differenceSets: z.number(), fields: z.number() }),
    endpoints: z.array(endpointSchema).readonly(),
  })
  .meta({ id: "Report" }) satisfies z.ZodType<Report>;
