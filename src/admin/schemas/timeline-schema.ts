import { z } from "zod";
import type { CauseTimes, Timeline } from "../../model/views/timeline.ts";
import { selectionQuery } from "./run-schema.ts";

const name = z.string().min(1).max(2000).optional();

export const timelineQuery = z.object({
  ...selectionQuery,
  endpoint: name.describe("Default: all endpoints together"),
  route: name.describe("Default: all routes together"),
  cause: name.describe("Signature of a cause whose exchanges are counted, too"),
});

export const timelineSchema = z
  .object({
    endpoint: z.string().nullable().describe("Null for all endpoints together"),
    bucketMs: z.number().describe("Length of every bucket in milliseconds; 0 without buckets"),
    buckets: z
      .array(
        z.object({
          at: z.number().describe("Start, Unix milliseconds"),
          compared: z.number().describe("Compared exchanges that arrived in the bucket"),
          differed: z.number().describe("Those that differ, also in noise"),
          counting: z.number().describe("Those that differ in a field that is neither noise nor hidden nor accepted"),
          withCause: z.number().describe("Those with the cause of the query; 0 without one"),
        }),
      )
      .readonly()
      .describe("Oldest first; without those that have no compared exchange"),
  })
  .meta({ id: "Timeline" }) satisfies z.ZodType<Timeline>;

export const causeTimesSchema = z
  .object({
    firstSeen: z.number().describe("Start of the first time block with the cause, Unix milliseconds"),
    firstSeenBy: z.number().describe("End of that time block: it was first seen in between"),
    lastSeen: z.number().describe("End of the last time block with the cause, Unix milliseconds"),
    bucketMs: z.number().describe("Length of every bucket in milliseconds"),
    counts: z
      .array(z.number())
      .readonly()
      .describe("Exchanges with its most frequent field, from the first to the last compared exchange of the run"),
  })
  .meta({ id: "CauseTimes" }) satisfies z.ZodType<CauseTimes>;
