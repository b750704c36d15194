import { z } from "zod";
import type { LatencyView } from "../../model/latency.ts";
import { quantilesSchema, ratioSchema } from "./statistics-schema.ts";
import { selectionQuery } from "./run-schema.ts";

export const latencyQuery = z.object({
  ...selectionQuery,
  endpoint: z.string().min(1).max(2000).optional().describe("Default: all endpoints together"),
});

const distribution = z
  .object({
    count: z.number(),
    quantiles: quantilesSchema,
    points: z
      .array(z.object({ middle: z.number(), upper: z.number(), count: z.number(), share: z.number() }))
      .readonly(),
  })
  .meta({ id: "LatencyDistribution" });

export const latencyViewSchema = z
  .object({
    endpoint: z.string().nullable(),
    distributions: z.object({
      primary: distribution,
      candidate: distribution,
      secondary: distribution,
      ratio: distribution,
      bias: distribution,
    }),
    ratio: ratioSchema.nullable(),
    twin: ratioSchema.nullable(),
    bias: ratioSchema.nullable(),
    minutes: z
      .array(
        z.object({
          at: z.number().describe("Unix milliseconds"),
          primary: quantilesSchema,
          candidate: quantilesSchema,
          secondary: quantilesSchema,
          counts: z.object({ primary: z.number(), candidate: z.number(), secondary: z.number() }),
        }),
      )
      .readonly(),
  })
  .meta({ id: "LatencyView" }) satisfies z.ZodType<LatencyView>;
