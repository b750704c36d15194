import { z } from "zod";
import type { EndpointReport } from "../../model/report.ts";
import { causeFieldSchema } from "./difference-schema.ts";
import { errorsSchema, latencySchema, proportionSchema, verdictSchema } from "./statistics-schema.ts";
import { reviewSchema } from "./review-schema.ts";

const fieldVerdict = z.enum(["noise", "likely", "real"]);

const field = z
  .object({
    ...causeFieldSchema.shape,
    count: z.number(),
    noise: z.number(),
    both: z.number(),
    evidence: z.number().describe("Natural logarithm of an e-value"),
    excess: z.number().nullable(),
    verdict: fieldVerdict,
    rule: z.string().nullable().describe("The rule that hides it from the verdict"),
    cause: z.string().describe("Signature of its cause; empty if it belongs to none"),
    diffy: z
      .object({ relative: z.number(), absolute: z.number(), flagged: z.boolean() })
      .describe("The numbers that Diffy shows, in percent"),
  })
  .meta({ id: "Field" });

const cause = z
  .object({
    signature: z.string().describe("Identifies the cause in this and later runs"),
    title: z.string(),
    fields: z.array(causeFieldSchema).readonly(),
    count: z.number(),
    verdict: fieldVerdict,
    state: z.enum(["new", "known", "accepted", "denied", "changed"]),
    review: reviewSchema.nullable(),
    rule: z.string().nullable(),
    rank: z.number(),
  })
  .meta({ id: "Cause" });

export const endpointSchema = z
  .object({
    endpoint: z.string(),
    route: z.string(),
    subset: z.string(),
    compared: z.number(),
    matched: z.number(),
    differed: z.number(),
    noiseCompared: z.number(),
    parity: proportionSchema,
    verdict: verdictSchema,
    reasons: z.array(z.string()).readonly(),
    latency: latencySchema,
    errors: errorsSchema,
    statusFlips: z
      .array(z.object({ primary: z.number(), candidate: z.number(), count: z.number() }))
      .readonly()
      .describe("Exchanges by pair of status codes; 0 means no complete response"),
    causes: z.array(cause).readonly(),
    differences: z.array(field).readonly(),
  })
  .meta({ id: "Endpoint" }) satisfies z.ZodType<EndpointReport>;
