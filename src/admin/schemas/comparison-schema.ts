import { z } from "zod";
import type { ComparedCause, RunComparison } from "../../model/report.ts";
import { labelsSchema, selectionQuery } from "./run-schema.ts";

const { run, candidate } = selectionQuery;

export const comparisonQuery = z.object({
  before: run.describe("A run's id; default: the run before the other one with the same candidate"),
  after: run.describe("A run's id; default: the current run"),
  candidate,
});

const named = z.object({ id: z.string(), name: z.string(), labels: labelsSchema.readonly() });

const cause = z
  .object({
    endpoint: z.string(),
    signature: z.string(),
    title: z.string(),
    verdict: z.enum(["noise", "likely", "real"]),
    before: z.number().nullable().describe("Share of the endpoint's compared exchanges; null: not seen"),
    after: z.number().nullable(),
  })
  .meta({ id: "ComparedCause" }) satisfies z.ZodType<ComparedCause>;

const causes = z.array(cause).readonly();

export const comparisonSchema = z
  .object({
    before: named,
    after: named,
    new: causes,
    fixed: causes,
    still: causes,
    unseen: z
      .array(z.string())
      .readonly()
      .describe("Endpoints with causes before that were not compared often enough since"),
  })
  .meta({ id: "RunComparison" }) satisfies z.ZodType<RunComparison>;
