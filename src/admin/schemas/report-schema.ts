import { z } from "zod";
import { REPORT_VERSION, type Report } from "../../model/report.ts";
import { contractSchema } from "./endpoints/contract-schema.ts";
import { endpointSchema } from "./endpoint-schema.ts";
import { errorsSchema, latencySchema, proportionSchema, ratioSchema, verdictSchema } from "./statistics-schema.ts";
import { ruleSchema } from "./rule-schema.ts";
import { gateSchema, labelsSchema, selectionQuery } from "./run-schema.ts";

export const reportQuery = z.object({
  ...selectionQuery,
  baseline: selectionQuery.run.describe("Id or name of a run with the same candidate: what it had does not count"),
});

const accounting = z
  .object({
    received: z
      .number()
      .describe("Counted on arrival, apart from the fates below; without those in flight and interrupted"),
    inFlight: z.number().describe("Arrived, and without a response or not compared so far; not part of `received`"),
    interrupted: z.number().describe("In flight when the process or its proxy thread ended; not part of `received`"),
    lost: z
      .number()
      .describe("By how much the counts fail to add up: 0 unless a defect of shadowdiff has lost a request"),
    forgotten: z
      .number()
      .describe("Counted in a store file that was deleted, moved or replaced while in use; in no other number"),
    sampledOut: z.number(),
    mirrored: z.number(),
    compared: z.number(),
    matched: z.number(),
    differed: z.number(),
    noiseCompared: z.number(),
    notMirrored: z.partialRecord(
      z.enum(["method", "route", "upgrade", "loop", "paused", "client-aborted"]),
      z.number(),
    ),
    dropped: z.partialRecord(z.enum(["inflight", "bytes", "breaker", "queue", "descriptors"]), z.number()),
    skipped: z.partialRecord(
      z.enum([
        "primary-failed",
        "client-aborted",
        "saturated",
        "connection-closed",
        "not-processed",
        "thread-died",
        "timeout",
        "memory",
        "error",
      ]),
      z.number(),
    ),
  })
  .meta({ id: "Accounting" });

const lostReplica = z
  .object({
    name: z.string(),
    lastHeartbeatAt: z.number().describe("Unix milliseconds"),
    uncommitted: z.number().describe("Requests that were received and not committed at its last heartbeat"),
    rate: z.number().describe("Requests per second at that time; what it received afterwards is not counted"),
    silentMs: z
      .number()
      .describe("Milliseconds from then until it was found lost; the database may have been away meanwhile"),
  })
  .meta({ id: "LostReplica" });

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

const explanationPlacebo = z
  .object({ tested: z.number().describe("Differences of the secondary that were tested"), explained: z.number() })
  .meta({ id: "ExplanationPlacebo" })
  .describe("The differences of the secondary explained like causes: false alarms, or noise with a reason");

const ruleReport = z
  .object({
    rule: ruleSchema,
    state: z.enum(["active", "expired", "dead"]),
    hits: z.number(),
    past: z.object({ samples: z.number(), explained: z.number() }).nullable(),
  })
  .meta({ id: "RuleReport" });

const suggestion = z
  .object({
    preset: z.string(),
    reason: z.string(),
    causes: z.number().describe("Unreviewed causes that it would hide; one of several endpoints counts once"),
    partly: z.number().describe("Unreviewed causes of which it would hide some fields"),
    headers: z.array(z.string()).readonly(),
  })
  .meta({ id: "PresetSuggestion" });

const baseline = z
  .object({
    id: z.string(),
    name: z.string(),
    startedAt: z.number().describe("Unix milliseconds"),
    causes: z.number().describe("Causes that it had, so that they do not count"),
    slowEndpoints: z.number().describe("Endpoints that were too slow in it, so that their limits are relative to it"),
    differed: z.number().describe("Responses that differ only as in it, so that they count as equal"),
    errors: z
      .number()
      .describe("Known responses that are 5xx or incomplete from the candidate only; no error rate counts them"),
  })
  .meta({ id: "Baseline" });

/** The fields of a report apart from its endpoints. */
export const reportHead = {
  version: z.literal(REPORT_VERSION).describe("Changes when a program that reads reports has to"),
  run: z.object({
    id: z.string(),
    name: z.string(),
    startedAt: z.number().describe("Unix milliseconds"),
    endedAt: z.number().nullable().describe("Unix milliseconds; null while the run is active"),
    labels: labelsSchema.readonly(),
  }),
  candidate: z.string(),
  baseline: baseline.optional().describe("What does not count because another run had it; absent without ?baseline"),
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
    .describe("Further comparisons without a difference that the run needs to pass; null if more requests cannot help"),
  errors: errorsSchema,
  primarySuccess: proportionSchema
    .nullable()
    .describe("Share of the primary's compared responses that are 2xx or 3xx; null if no status was counted"),
  placebo: placebo.nullable(),
  explanationPlacebo: explanationPlacebo.nullable(),
  rules: z.array(ruleReport).readonly(),
  suggestions: z.array(suggestion).readonly(),
  lostReplicas: z
    .array(lostReplica)
    .readonly()
    .optional()
    .describe("Replicas of the run that stopped without ending; absent if there are none"),
  uncovered: z.array(z.string()).readonly(),
  contract: contractSchema.optional().describe("What the run has seen of its contract; absent in a run without one"),
  overflow: z.object({
    endpoints: z.number(),
    templates: z
      .array(z.string())
      .readonly()
      .describe("Path templates for compare.endpoints that would keep the endpoints within their limit"),
    differenceSets: z.number(),
    fields: z.number(),
  }),
};

export const reportSchema = z
  .object({ ...reportHead, endpoints: z.array(endpointSchema).readonly() })
  .meta({ id: "Report" }) satisfies z.ZodType<Report>;
