import { z } from "zod";
import type { Overview } from "../../model/views/overview.ts";
import { causeSchema } from "./endpoint-schema.ts";
import { reportHead } from "./report-schema.ts";
import { selectionQuery } from "./run-schema.ts";
import { causeTimesSchema } from "./timeline-schema.ts";

const MAX_CAUSES = 1000;

const listLimit = z.coerce.number().int().min(0).max(MAX_CAUSES).default(10);

export const overviewQuery = z.object({
  ...selectionQuery,
  causes: listLimit.describe("Most causes to list"),
  statuses: listLimit.describe("Most changes of status to list"),
});

const endpointCounts = z
  .object({
    total: z.number(),
    pass: z.number(),
    fail: z.number(),
    inconclusive: z.number(),
    slow: z.number().describe("Endpoints whose typical latency fails"),
    services: z.number().describe("Different names, apart from health checks"),
    healthChecks: z.number(),
  })
  .meta({ id: "EndpointCounts" });

const finding = z
  .object({
    text: z.string(),
    about: z
      .object({
        endpoint: z.string(),
        route: z.string().nullable(),
        cause: z.string().nullable().describe("Signature; null if it is about latency or traffic"),
      })
      .nullable(),
  })
  .meta({ id: "Finding" });

const overviewCause = z
  .object({
    cause: causeSchema,
    endpoints: z
      .array(z.object({ endpoint: z.string(), route: z.string() }))
      .readonly()
      .describe("Those that show it most, at most ten"),
    endpointCount: z.number().describe("How many endpoints show it and have not accepted it"),
    where: z.string().describe("Its endpoints in words"),
    count: z.number(),
    compared: z.number(),
    times: causeTimesSchema.optional(),
  })
  .meta({ id: "OverviewCause" });

const statusRow = z
  .object({
    endpoint: z.string(),
    route: z.string(),
    primary: z.number().describe("0 is a response that is missing or incomplete"),
    candidate: z.number(),
    kind: z.enum(["break", "fix", "change", "noise"]),
    count: z.number(),
    compared: z.number(),
    secondary: z.number(),
    cause: causeSchema.optional(),
    state: z.string(),
  })
  .meta({ id: "StatusRow" });

export const overviewSchema = z
  .object({
    ...reportHead,
    endpointCounts,
    headlines: z.array(finding).readonly().describe("What a person would say first, at most two"),
    missing: z.array(finding).readonly().describe("What an inconclusive run lacks for certainty, most urgent first"),
    missingCount: z.number(),
    causes: z.array(overviewCause).readonly().describe("Unreviewed causes, most important first"),
    causeCount: z.number(),
    statuses: z.array(statusRow).readonly().describe("Changes of status, most important first"),
    statusCount: z.number(),
  })
  .meta({ id: "Overview" }) satisfies z.ZodType<Overview>;
