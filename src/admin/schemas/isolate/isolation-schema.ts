import { z } from "zod";
import { MAX_PROBES } from "../../../config/defaults.ts";
import type { Isolation, IsolationPreview } from "../../../model/isolate/isolation.ts";
import { selectionQuery } from "../run-schema.ts";
import { roleSchema } from "../sample-schema.ts";
import { secretsSchema } from "./resend-schema.ts";

const MAX_TEXT_LENGTH = 2_000;
const text = z.string().min(1).max(MAX_TEXT_LENGTH);

export const isolationsQuery = z.object({
  ...selectionQuery,
  candidate: text.optional().describe("Only those of this candidate"),
  signature: text.optional().describe("Only those of this cause"),
});

export const isolationQuery = z.object({ run: selectionQuery.run });
export const isolationParams = z.object({ id: text });

export const isolationBody = z.strictObject({
  ...selectionQuery,
  signature: text.describe("Of the cause"),
  endpoint: text.optional().describe("Default: that of the sample, or where the cause shows most often"),
  route: text.optional(),
  sampleId: text
    .nullable()
    .optional()
    .describe("The request to begin with; null or absent: the next live request that shows the cause"),
  confirm: z.boolean().optional().describe("Must be true unless isolate.enabled is set"),
  secrets: secretsSchema.optional(),
  methods: z
    .array(z.string().max(50))
    .max(20)
    .optional()
    .describe("Methods that may be sent again in addition to isolate.methods"),
  maxProbes: z.number().int().min(1).max(MAX_PROBES).optional().describe("Default: isolate.maxProbes"),
});

const part = {
  kind: z.enum(["header", "cookie", "query", "path", "body"]),
  name: z.string().describe("Of the header, cookie or parameter; a JSON path for a body"),
  value: z.string().describe("Secrets are fingerprints"),
};

export const isolationSchema = z
  .object({
    id: z.string(),
    signature: z.string(),
    title: z.string(),
    endpoint: z.string(),
    candidate: z.string(),
    runId: z.string(),
    by: z.string(),
    startedAt: z.number().describe("Unix milliseconds"),
    endedAt: z.number().nullable(),
    sampleId: z.string().nullable().describe("The sample that it started from; null for a live request"),
    state: z
      .enum(["armed", "checking", "reducing", "isolated", "not-reproduced", "noise", "stopped", "failed"])
      .describe("The first three have not ended"),
    message: z.string().describe("What it does, how it ended, or why it failed and what to do"),
    probes: z.number().describe("Requests sent to each version so far"),
    maxProbes: z.number(),
    parts: z
      .object({ original: z.number(), left: z.number() })
      .describe("Parts of the request: headers, cookies, parameters, members of the body"),
    isMinimal: z.boolean().describe("False if the limit of requests came before every part was tried"),
    request: z
      .object({
        method: z.string(),
        target: z.string(),
        headers: z.array(z.string()).readonly().describe("name, value, name, value …"),
        body: z.string().nullable(),
        curl: z.string().describe("For bash, zsh and ksh; secrets are variables to fill in"),
      })
      .nullable()
      .describe("The smallest request so far that shows the cause"),
    deciding: z
      .array(
        z.object({
          ...part,
          replacement: z
            .string()
            .nullable()
            .describe("What takes its place when the cause is gone; null: it is left out"),
          words: z.string(),
        }),
      )
      .readonly()
      .describe("The parts without which the cause is gone"),
  })
  .meta({ id: "Isolation" }) satisfies z.ZodType<Isolation>;

export const isolationsSchema = z
  .object({ isolations: z.array(isolationSchema).readonly().describe("Newest first") })
  .meta({ id: "Isolations" });

export const isolationPreviewSchema = z
  .object({
    method: z.string(),
    endpoint: z.string(),
    maxProbes: z.number(),
    perSecond: z.number(),
    targets: z
      .array(z.object({ role: roleSchema, subset: z.string(), url: z.string() }))
      .readonly()
      .describe("Where requests would be sent; a secondary that is the primary is asked only to measure noise"),
    masked: z.array(z.string()).readonly().describe("Places of the sample whose values were not stored"),
    isOptedIn: z.boolean().describe("isolate.enabled is set, so no confirmation is needed"),
    refusal: z
      .object({
        reason: z.enum(["route", "paused", "breaker", "method", "needed"]),
        message: z.string(),
        remedy: z.string(),
      })
      .nullable()
      .describe("Why it may not begin"),
  })
  .meta({ id: "IsolationPreview" }) satisfies z.ZodType<IsolationPreview>;
