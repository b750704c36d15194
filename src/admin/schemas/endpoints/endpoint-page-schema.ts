import { z } from "zod";
import { ENDPOINT_SORT_KEYS, type EndpointPage, type EndpointView } from "../../../model/views/endpoint-page.ts";
import { endpointSchema } from "../endpoint-schema.ts";
import { selectionQuery } from "../run-schema.ts";
import { proportionSchema, quantilesSchema, ratioSchema, verdictSchema } from "../statistics-schema.ts";
import { causeTimesSchema } from "../timeline-schema.ts";

const MAX_ROWS = 1000;

export const endpointsQuery = z.object({
  ...selectionQuery,
  q: z.string().max(2000).optional().describe("Words that name and route must contain, in any case"),
  verdict: verdictSchema.optional(),
  sort: z
    .enum(ENDPOINT_SORT_KEYS)
    .default("verdict")
    .describe("`verdict`: most urgent first; `p50`, `p99`: by how many milliseconds the candidate is slower"),
  dir: z.enum(["asc", "desc"]).default("desc"),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(0).max(MAX_ROWS).default(100),
});

/** Query parameters that select one endpoint. */
export const endpointQuery = z.object({
  ...selectionQuery,
  name: z.string().min(1).max(2000).describe("Method and path template: `GET /users/{id}`"),
  route: z.string().min(1).max(2000).optional().describe("Default: the first route with this endpoint"),
});

const summary = z
  .object({
    endpoint: z.string(),
    route: z.string(),
    compared: z.number(),
    differed: z.number(),
    noiseCompared: z.number(),
    share: z
      .number()
      .optional()
      .describe("Compared exchanges, as a share of the requests that they stand for; absent with equal shares"),
    parity: proportionSchema,
    verdict: verdictSchema,
    noise: z.number().describe("Exchanges in which the noisiest field differs between primary and secondary"),
    latency: z.object({ primary: quantilesSchema, candidate: quantilesSchema, ratio: ratioSchema.nullable() }),
    statusChange: z
      .object({ primary: z.number(), candidate: z.number(), count: z.number() })
      .nullable()
      .describe("The most frequent pair of different status codes; 0 means no complete response"),
    statusChanges: z.number().describe("Exchanges with any pair of different status codes"),
    causes: z
      .object({ unreviewed: z.number(), denied: z.number(), accepted: z.number() })
      .describe("Without noise and causes that a rule hides"),
  })
  .meta({ id: "EndpointSummary" });

export const endpointPageSchema = z
  .object({
    offset: z.number(),
    counts: z
      .object({ total: z.number(), pass: z.number(), fail: z.number(), inconclusive: z.number() })
      .describe("Endpoints that match the text, by verdict"),
    matching: z.number().describe("Endpoints that match text and verdict"),
    hasRoutes: z.boolean().describe("Whether the report has several routes"),
    endpoints: z.array(summary).readonly(),
  })
  .meta({ id: "EndpointPage" }) satisfies z.ZodType<EndpointPage>;

export const endpointViewSchema = endpointSchema
  .extend({
    times: z
      .record(z.string(), causeTimesSchema)
      .readonly()
      .describe("When its most important causes showed, by their signature"),
  })
  .meta({ id: "EndpointView" }) satisfies z.ZodType<EndpointView>;
