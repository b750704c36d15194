import { z } from "zod";
import type { LatencyView } from "../../model/latency.ts";
import { latencySchema, quantilesSchema } from "./statistics-schema.ts";
import { selectionQuery } from "./run-schema.ts";

export const latencyQuery = z.object({
  ...selectionQuery,
  endpoint: z.string().min(1).max(2000).optional().describe("Default: all endpoints together"),
});

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
    reasons: z.array(z.string()).readonly().describe("Why the latency does not pass"),
    ownLimits: z.array(z.string()).readonly().describe("Endpoints with latency limits of their own, judged one by one"),
    distributions: z.object({ primary: distribution, candidate: distribution, secondary: distribution }),
    ratios,
    shift: z.array(shift).readonly(),
    periods: z.array(period).readonly(),
  })
  .meta({ id: "LatencyView" }) satisfies z.ZodType<LatencyView>;
