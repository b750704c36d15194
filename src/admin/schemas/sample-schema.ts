import { z } from "zod";
import type { SampleDetail } from "../../model/sample.ts";
import type { SampleSummary } from "../../store/store.ts";
import { differenceSchema, differingFieldSchema, failureKindSchema, sectionSchema } from "./difference-schema.ts";
import { conditionsParameter } from "./explain/explanation-schema.ts";
import { selectionQuery } from "./run-schema.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const MAX_TEXT_LENGTH = 2000;

export const samplesQuery = z.object({
  ...selectionQuery,
  endpoint: z.string().max(MAX_TEXT_LENGTH).optional(),
  section: sectionSchema.optional(),
  path: z.string().max(MAX_TEXT_LENGTH).optional().describe("Path of a differing field, as in the report"),
  under: z.string().max(MAX_TEXT_LENGTH).optional().describe("Path of a differing field, or of what contains it"),
  cause: z.string().max(MAX_TEXT_LENGTH).optional().describe("Signature of a cause: samples with any of its fields"),
  query: z
    .string()
    .max(MAX_TEXT_LENGTH)
    .optional()
    .describe("Name of a query parameter that the request has; empty: it has no parameter"),
  withoutQuery: z
    .string()
    .max(MAX_TEXT_LENGTH)
    .optional()
    .describe("Name of a query parameter that the request does not have; empty: it has a parameter"),
  condition: conditionsParameter
    .optional()
    .describe(
      "A condition of an explanation, as JSON; repeated: all must hold. Samples without kept attributes are left out",
    ),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
});

export const sampleQuery = z.object(selectionQuery);
export const sampleParams = z.object({ id: z.string().min(1).max(200) });
export const roleSchema = z.enum(["primary", "candidate", "secondary"]);

const summaryFields = {
  id: z.string(),
  at: z.number().describe("Unix milliseconds"),
  route: z.string(),
  endpoint: z.string(),
  candidate: z.string(),
  method: z.string(),
  target: z.string(),
  fields: z.array(differingFieldSchema).readonly(),
};

const sampleSummarySchema = z
  .object({ ...summaryFields, primaryStatus: z.number(), candidateStatus: z.number() })
  .meta({ id: "SampleSummary" }) satisfies z.ZodType<SampleSummary>;

/** Newest first. */
export const samplesSchema = z
  .object({
    samples: z.array(sampleSummarySchema).readonly(),
    unjudged: z
      .number()
      .optional()
      .describe("With ?condition: samples that were left out because their attributes were not kept"),
  })
  .meta({ id: "Samples" });

const rawHeaders = z.array(z.string()).readonly().describe("name, value, name, value …");

const leg = z
  .object({
    subset: z.string(),
    failure: z
      .object({
        kind: failureKindSchema,
        detail: z.string(),
        address: z.string().optional().describe("URL of the upstream"),
      })
      .nullable(),
    status: z.number(),
    headers: rawHeaders,
    trailers: rawHeaders,
    body: z.object({
      form: z.enum(["empty", "json", "text", "binary"]),
      mediaType: z.string(),
      length: z.number().describe("Bytes on the wire"),
      truncated: z.boolean(),
      text: z.string().describe("Decoded and redacted text; for a binary body the hexadecimal SHA-256"),
    }),
    timing: z.object({
      connectMs: z.number().nullable(),
      firstByteMs: z.number().nullable(),
      totalMs: z.number(),
    }),
    trace: z
      .object({
        id: z.string(),
        isSampled: z
          .boolean()
          .nullable()
          .describe("Whether the request said that the trace is recorded; null if it left that to the upstream"),
      })
      .optional()
      .describe("The trace that the request to this upstream named"),
    address: z.string().optional().describe("Upstream that was asked, as host:port of the connection"),
    traceUrl: z.string().optional().describe("Where people can see the trace, by the template of the configuration"),
  })
  .meta({ id: "SampleLeg" });

export const sampleDetailSchema = z
  .object({
    ...summaryFields,
    headers: rawHeaders,
    differences: z.array(differenceSchema).readonly(),
    legs: z.object({ primary: leg, candidate: leg, secondary: leg.nullable() }),
    changes: z
      .array(
        z.object({
          op: z.enum(["add", "remove", "replace", "move"]),
          pointer: z.string().describe("Into the candidate's body for add, otherwise into the primary's"),
          candidatePointer: z.string().optional().describe("The place in the candidate's body, if it is another one"),
        }),
      )
      .readonly()
      .nullable()
      .describe("Changes from the primary's body to the candidate's; null unless both are complete JSON documents"),
    changesCut: z.boolean().describe("The list of changes may be incomplete"),
  })
  .meta({ id: "SampleDetail" }) satisfies z.ZodType<SampleDetail>;
