import { z } from "zod";
import type { ErrorRates, LatencyReport } from "../../model/report.ts";

export const verdictSchema = z.enum(["pass", "fail", "inconclusive"]);

const milliseconds = z.number().nullable();

export const quantilesSchema = z
  .object({ p50: milliseconds, p95: milliseconds, p99: milliseconds })
  .meta({ id: "Quantiles" });
export const proportionSchema = z
  .object({ rate: z.number(), low: z.number(), high: z.number() })
  .meta({ id: "Proportion" });
export const ratioSchema = z
  .object({ estimate: z.number(), low: z.number(), high: z.number() })
  .meta({ id: "RatioEstimate" });

const tail = z
  .object({
    limit: z.number().describe("Milliseconds"),
    candidateOnly: z.number(),
    primaryOnly: z.number(),
    pairs: z.number(),
    evidence: z.number().describe("Natural logarithm of an e-value"),
  })
  .meta({ id: "Tail" });

export const latencySchema = z
  .object({
    primary: quantilesSchema,
    candidate: quantilesSchema,
    secondary: quantilesSchema,
    ratio: ratioSchema.nullable(),
    pairs: z.number(),
    tail: tail.nullable(),
    bias: ratioSchema.nullable().describe("Secondary / primary"),
    allowed: z.number().describe("Largest ratio that passes the gate"),
    verdict: verdictSchema.nullable(),
  })
  .meta({ id: "Latency" }) satisfies z.ZodType<LatencyReport>;

export const errorsSchema = z
  .object({ primary: proportionSchema, candidate: proportionSchema, verdict: verdictSchema })
  .meta({ id: "ErrorRates" })
  .describe("Shares of responses that are 5xx or incomplete") satisfies z.ZodType<ErrorRates>;
