import { z } from "zod";
import type { TailFilter, TailRow } from "../../../model/views/tail.ts";
import { differingFieldSchema } from "../difference-schema.ts";

const MAX_TEXT_LENGTH = 2000;
const text = z.string().min(1).max(MAX_TEXT_LENGTH).optional();

export const tailQuery = z.object({
  candidate: text.describe("The candidate's subset; default: all candidates"),
  differing: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional()
    .describe("true: only exchanges with a difference that the secondary does not show"),
  endpoint: text.describe("Name of an endpoint, as in the report"),
  status: z
    .string()
    .regex(/^(?:changed|[1-5]xx|[1-5]\d\d|0)$/, "use changed, a class such as 5xx, a status code such as 404, or 0")
    .optional()
    .describe("Status of either response: 404, 5xx, 0 for an incomplete response; changed: the two differ"),
  text: text.describe("A part of the request target, ignoring case"),
}) satisfies z.ZodType<TailFilter>;

const tailRowSchema = z
  .object({
    at: z.number().describe("Arrival of the request, Unix milliseconds"),
    route: z.string(),
    method: z.string(),
    target: z.string().describe("Secrets are replaced by fingerprints"),
    endpoint: z.string(),
    candidate: z.string(),
    primaryStatus: z.number().describe("0 for an incomplete response"),
    candidateStatus: z.number(),
    primaryMs: z.number().nullable(),
    candidateMs: z.number().nullable(),
    fields: z.array(differingFieldSchema).readonly().describe("At most five"),
    fieldCount: z.number().describe("How many fields differ in all"),
    sample: z.string().nullable().describe("Id of the sample; null if the exchange is not kept"),
  })
  .meta({ id: "TailRow" }) satisfies z.ZodType<TailRow>;

/** The data of the event `exchanges`. */
export const tailBatchSchema = z
  .object({
    rows: z.array(tailRowSchema).readonly(),
    more: z.number().describe("Exchanges that match the filter and were left out since the event before"),
  })
  .meta({ id: "TailBatch" });
