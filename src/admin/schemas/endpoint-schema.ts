import { z } from "zod";
import type { EndpointReport } from "../../model/report.ts";
import { endpointContractSchema } from "./endpoints/contract-schema.ts";
import { causeFieldSchema, failureKindSchema } from "./difference-schema.ts";
import { errorsSchema, latencySchema, proportionSchema, verdictSchema } from "./statistics-schema.ts";
import { causeReviewSchema } from "./review-schema.ts";

const fieldVerdict = z.enum(["noise", "likely", "real"]);

const field = z
  .object({
    ...causeFieldSchema.omit({ reason: true }).shape,
    count: z.number(),
    noise: z.number(),
    both: z.number(),
    evidence: z.number().describe("Natural logarithm of an e-value"),
    inflation: z.number().describe("How many differences of a burst count as one; 1 if they do not come in bursts"),
    since: z
      .number()
      .nullable()
      .describe("Start of the time in which a real field differs more often, Unix milliseconds"),
    mayHide: z.number().nullable().describe("Largest share of responses that may have changed behind the noise (95%)"),
    excess: z.number().nullable(),
    verdict: fieldVerdict,
    rule: z.string().nullable().describe("The rule that hides it from the verdict"),
    cause: z.string().describe("Signature of its cause; empty if it belongs to none"),
    diffy: z
      .object({ relative: z.number(), absolute: z.number(), flagged: z.boolean() })
      .describe("The numbers that Diffy shows, in percent"),
    failures: z
      .array(
        z.object({
          kind: failureKindSchema,
          reason: z.string().describe("In words: connection refused"),
          address: z.string().describe("URL of the upstream; empty if the failure has none"),
          count: z.number(),
        }),
      )
      .readonly()
      .optional()
      .describe("Why responses are missing or incomplete, most frequent first; only of the field transport"),
    features: z
      .array(
        z.object({
          feature: z.string(),
          words: z.string(),
          candidateOnly: z.number(),
          secondaryOnly: z.number(),
          evidence: z.number().describe("Natural logarithm of an e-value"),
        }),
      )
      .readonly()
      .describe("Properties of its values that only one side shows clearly more often: a change inside noise"),
  })
  .meta({ id: "Field" });

const parameter = z
  .object({
    kind: z
      .enum(["name", "none", "other"])
      .describe("none: exchanges without any parameter; other: with a name beyond the first 32 of the endpoint"),
    name: z.string().describe("Empty unless the kind is name"),
    count: z.number().describe("Exchanges with the parameter that count against parity or have the cause"),
    compared: z.number().describe("All compared exchanges with the parameter"),
    countWithout: z.number(),
    comparedWithout: z.number(),
  })
  .meta({ id: "Parameter" });

export const causeSchema = z
  .object({
    signature: z.string().describe("Identifies the cause by its look, in this and later runs, on all endpoints"),
    title: z.string(),
    fields: z.array(causeFieldSchema).readonly(),
    count: z.number().describe("Exchanges of this endpoint with the cause"),
    endpoints: z.number().describe("How many endpoints have the cause; by default a review covers all of them"),
    verdict: fieldVerdict,
    state: z.enum(["new", "known", "baseline", "accepted", "denied", "changed"]),
    review: causeReviewSchema.nullable(),
    isNewHere: z.boolean().describe("It is changed because the review accepted it on other endpoints only"),
    since: z.number().nullable().describe("Since when it differs more often, Unix milliseconds; null since the start"),
    rule: z.string().nullable(),
    parameters: z.array(parameter).readonly().describe("Where it shows, by query parameter: at most 5, clearest first"),
    explanation: z
      .string()
      .nullable()
      .describe(
        "What its exchanges have in common, in one sentence; null for noise and what a rule hides, without kept attributes, and until it is computed",
      ),
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
    share: z
      .number()
      .optional()
      .describe("Compared exchanges, as a share of the requests that they stand for; absent with equal shares"),
    parity: proportionSchema,
    verdict: verdictSchema,
    reasons: z.array(z.string()).readonly(),
    needed: z
      .number()
      .nullable()
      .describe("Further exchanges without a difference until its parity is confirmed; null if more cannot help"),
    isBlocking: z.boolean().describe("While its verdict is inconclusive, the run cannot pass"),
    latency: latencySchema,
    errors: errorsSchema,
    statusFlips: z
      .array(z.object({ primary: z.number(), candidate: z.number(), count: z.number() }))
      .readonly()
      .describe("Exchanges by pair of status codes; 0 means no complete response"),
    causes: z.array(causeSchema).readonly(),
    differences: z.array(field).readonly(),
    contract: endpointContractSchema
      .optional()
      .describe("How its responses keep to the contract; absent if none was validated"),
    parameters: z
      .array(parameter)
      .readonly()
      .describe(
        "How many exchanges count against parity, by query parameter, clearest first; empty if no request has one",
      ),
  })
  .meta({ id: "Endpoint" }) satisfies z.ZodType<EndpointReport>;
