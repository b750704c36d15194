import { z } from "zod";
import { MAX_WEIGHT } from "../../defaults.ts";
import { name } from "../../values/names.ts";
import { duration, wholeNumber } from "../../values/numbers.ts";
import { required } from "../../options/option.ts";
import { CANDIDATE_OPTIONS, ROUTE_OPTIONS, SECONDARY_OPTIONS } from "../../options/options.ts";
import { shapeOf, type Values } from "../../values/document-shape.ts";
import { listOf } from "../../values/value-type.ts";
import { directResponse, redirect, rewrite } from "./route-actions.ts";
import { headerOperations, headersOfBoth } from "./header-operations-schema.ts";
import { breaker, cors, fault, retries, sticky } from "./route-policies.ts";
import { requestMatch } from "./request-match.ts";
import { hostPattern } from "../../values/texts.ts";

const subsetOf = { subset: required(name).describe("Its name in subsets") };

const destination = z.strictObject({
  ...subsetOf,
  weight: required(wholeNumber({ min: 0, max: MAX_WEIGHT }))
    .optional()
    .describe("The share is weight / sum of weights; a single primary needs none"),
  headers: headersOfBoth.prefault({ request: {}, response: {} }),
});

const candidateShape = {
  ...subsetOf,
  ...(shapeOf(CANDIDATE_OPTIONS) as {
    [Field in keyof typeof CANDIDATE_OPTIONS]: z.ZodType<Values<(typeof CANDIDATE_OPTIONS)[Field]>>;
  }),
  sticky: sticky.optional().describe("Decides by hash instead of chance which requests are mirrored"),
  headers: headerOperations.describe("On the way to the candidate"),
  breaker,
};

const secondaryShape = {
  ...subsetOf,
  ...(shapeOf(SECONDARY_OPTIONS) as {
    [Field in keyof typeof SECONDARY_OPTIONS]: z.ZodType<Values<(typeof SECONDARY_OPTIONS)[Field]>>;
  }),
};

/** One route as it is written. Which fields go together is checked afterwards, over all routes at once. */
export const routeSchema = z.strictObject({
  name: required(name).optional().describe("Stands in reports and metrics; default: `default`, or route-1, route-2, …"),
  hosts: required(listOf(hostPattern)).default([]).describe("Names in the Host header; without any, every name"),
  match: z.array(requestMatch).default([]).describe("One of them must hold; without any, every request"),
  primary: z
    .array(destination)
    .min(1, "a route needs a primary; write { subset: NAME }")
    .optional()
    .describe("Who answers the clients"),
  redirect: redirect.optional().describe("Answers with another address; instead of primary"),
  directResponse: directResponse.optional().describe("Answers by itself; instead of primary"),
  sticky: sticky.optional().describe("Decides by hash instead of chance which primary takes a request"),
  rewrite: rewrite.optional().describe("What the upstreams get instead of the client's path and Host"),
  headers: headersOfBoth.optional(),
  timeout: required(duration()).optional().describe("For the whole answer of the primary; then 504"),
  retries: retries.optional(),
  fault: fault.optional(),
  cors: cors.optional(),
  candidates: z.array(z.strictObject(candidateShape)).default([]).describe("Versions under test: they get copies"),
  secondary: z
    .strictObject(secondaryShape)
    .optional()
    .describe("A second copy of the primary's version: what differs there as well is noise"),
  selfCheck: ROUTE_OPTIONS.selfCheck.schema,
});

/** One route as it is written, with the defaults of its fields. */
export type RouteDocument = z.infer<typeof routeSchema>;
