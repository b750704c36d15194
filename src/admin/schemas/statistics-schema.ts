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

const share = z.number().nullable();

const tail = z
  .object({
    quantile: z.number().describe("0.95 or 0.99"),
    factor: z
      .number()
      .nullable()
      .describe("The limit as a multiple of the primary's quantile; null if it is in milliseconds"),
    limitMs: z.number(),
    candidate: z.number().describe("Share of responses above the limit"),
    primary: share,
    secondary: share,
    allowed: z
      .number()
      .describe("Share that may be above the limit, in addition to the primary's unless the limit is in milliseconds"),
    since: z.number().nullable().describe("Unix milliseconds"),
    verdict: verdictSchema,
  })
  .meta({ id: "Tail" });

export const latencySchema = z
  .object({
    primary: quantilesSchema,
    candidate: quantilesSchema,
    secondary: quantilesSchema,
    ratio: ratioSchema.nullable(),
    twin: ratioSchema.nullable().describe("Candidate / secondary"),
    bias: ratioSchema.nullable().describe("Secondary / primary: the overhead of mirroring"),
    allowed: z.number().describe("Largest ratio that passes the gate"),
    excusedOverhead: z.number().describe("A larger overhead of mirroring does not excuse the candidate"),
    inflation: z
      .number()
      .nullable()
      .describe("How many times larger the variance of the ratio is than with independent exchanges"),
    coldStart: z.number().describe("Exchanges left out because the versions had just started"),
    change: z
      .object({ since: z.number().describe("Unix milliseconds"), exchanges: z.number(), ratio: ratioSchema })
      .nullable()
      .describe("The latest responses, if they are slower than allowed although the entire run is not"),
    tails: z.array(tail).readonly(),
    ratioVerdict: verdictSchema.nullable(),
    verdict: verdictSchema.nullable(),
  })
  .meta({ id: "Latency" }) satisfies z.ZodType<LatencyReport>;

export const errorsSchema = z
  .object({ primary: proportionSchema, candidate: proportionSchema, verdict: verdictSchema })
  .meta({ id: "ErrorRates" })
  .describe("Shares of responses that are 5xx or incomplete") satisfies z.ZodType<ErrorRates>;
