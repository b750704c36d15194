import { z } from "zod";
import type { LatencyView, TimedExchange } from "../../model/latency.ts";
import { latencySchema, quantilesSchema } from "./statistics-schema.ts";
import { selectionQuery } from "./run-schema.ts";

export const latencyQuery = z.object({
  ...selectionQuery,
  endpoint: z.string().min(1).max(2000).optional().describe("Default: all endpoints together"),
});

const MAX_EXCHANGES = 200;

export const timedExchangesQuery = z.object({
  ...latencyQuery.shape,
  role: z.enum(["primary", "candidate", "secondary"]).default("candidate").describe("Whose latency is meant"),
  minMs: z.coerce.number().nonnegative().nullable().default(null),
  maxMs: z.coerce.number().nonnegative().nullable().default(null),
  from: z.coerce.number().nonnegative().nullable().default(null).describe("First arrival, Unix milliseconds"),
  to: z.coerce.number().nonnegative().nullable().default(null).describe("Last arrival, Unix milliseconds"),
  limit: z.coerce.number().int().min(1).max(MAX_EXCHANGES).default(50),
});

const milliseconds = z.number().nullable().describe("Milliseconds; null for a missing or incomplete response");

const timedExchange = z
  .object({
    id: z.string().nullable().describe("Null if it is no sample: its headers and bodies are not kept"),
    at: z.number().describe("Unix milliseconds"),
    route: z.string(),
    endpoint: z.string(),
    method: z.string(),
    target: z.string(),
    primaryStatus: z.number(),
    candidateStatus: z.number(),
    primaryMs: milliseconds,
    candidateMs: milliseconds,
    secondaryMs: milliseconds,
    differs: z.boolean(),
  })
  .meta({ id: "TimedExchange" }) satisfies z.ZodType<TimedExchange>;

export const timedExchangesSchema = z
  .object({ exchanges: z.array(timedExchange).readonly() })
  .meta({ id: "TimedExchanges" });

const distribution = z
  .object({
    count: z.number(),
    quantiles: quantilesSchema,
    points: z.array(z.object({ upper: z.number(), count: z.number(), share: z.number() })).readonly(),
  })
  .meta({ id: "LatencyDistribution" });

const ratios = z
  .object({
    count: z.number(),
    below: z.number().describe("Exchanges below the first bin"),
    above: z.number().describe("Exchanges above the last bin"),
    bins: z.array(z.object({ low: z.number(), high: z.number(), count: z.number() })).readonly(),
  })
  .meta({ id: "RatioHistogram" })
  .describe("How many exchanges have which ratio candidate / primary");

const shift = z
  .object({
    share: z.number(),
    primary: z.number(),
    candidate: z.number(),
    shift: z.number().describe("candidate − primary, milliseconds"),
    low: z.number().nullable().describe("End of the 95% interval; null where there are too few responses"),
    high: z.number().nullable(),
  })
  .meta({ id: "QuantileShift" });

const period = z
  .object({
    startedAt: z.number().describe("Unix milliseconds"),
    endsAt: z.number().describe("Unix milliseconds, exclusive"),
    primary: quantilesSchema,
    candidate: quantilesSchema,
    secondary: quantilesSchema,
    counts: z.object({ primary: z.number(), candidate: z.number(), secondary: z.number() }),
  })
  .meta({ id: "LatencyPeriod" });

export const latencyViewSchema = z
  .object({
    endpoint: z.string().nullable(),
    latency: latencySchema,
    hasInterval: z.boolean().describe("Whether there are enough exchanges for the interval of the ratio"),
    reasons: z.array(z.string()).readonly().describe("Why the latency does not pass"),
    ownLimits: z.array(z.string()).readonly().describe("Endpoints with latency limits of their own, judged one by one"),
    distributions: z.object({ primary: distribution, candidate: distribution, secondary: distribution }),
    ratios,
    shift: z.array(shift).readonly(),
    periods: z.array(period).readonly(),
  })
  .meta({ id: "LatencyView" }) satisfies z.ZodType<LatencyView>;
