import { z } from "zod";
import { MAX_WEIGHT } from "../../defaults.ts";
import { name } from "../../values/names.ts";
import { duration } from "../../values/durations-and-sizes.ts";
import { wholeNumber } from "../../values/numbers.ts";
import { required, shapeOf, type OptionValues } from "../../options/option.ts";
import { CANDIDATE_OPTIONS, ROUTE_OPTIONS, SECONDARY_OPTIONS } from "../../options/options.ts";
import { listOf } from "../../values/value-type.ts";
import { directResponse, redirect, rewrite } from "./route-actions.ts";
import { headerOperations, requestAndResponseHeaders } from "./header-operations-schema.ts";
import { breaker, cors, fault, retries, sticky } from "./route-policies.ts";
import { requestMatch } from "./request-match.ts";
import { hostPattern } from "../../values/http-texts.ts";

const subsetOf = { subset: required(name).describe("A name in subsets") };

const destination = z.strictObject({
  ...subsetOf,
  weight: required(wholeNumber({ min: 0, max: MAX_WEIGHT }))
    .optional()
    .describe("The share is weight / sum of weights; optional for a single primary"),
  headers: requestAndResponseHeaders.prefault({ request: {}, response: {} }),
});

const candidateShape = {
  ...subsetOf,
  ...(shapeOf(CANDIDATE_OPTIONS) as {
    [Field in keyof typeof CANDIDATE_OPTIONS]: z.ZodType<OptionValues<(typeof CANDIDATE_OPTIONS)[Field]>>;
  }),
  sticky: sticky.optional().describe("Selects mirrored requests by hash instead of at random"),
  headers: headerOperations.describe("Changes to the request sent to the candidate"),
  breaker,
};

const secondaryShape = {
  ...subsetOf,
  ...(shapeOf(SECONDARY_OPTIONS) as {
    [Field in keyof typeof SECONDARY_OPTIONS]: z.ZodType<OptionValues<(typeof SECONDARY_OPTIONS)[Field]>>;
  }),
  headers: headerOperations.describe("Changes to the request sent to the secondary"),
};

/** A route. `routeProblems` checks conflicts between fields. */
export const routeSchema = z.strictObject({
  name: required(name)
    .optional()
    .describe("The name in reports and metrics; default: `default`, or route-1, route-2, …"),
  hosts: required(listOf(hostPattern)).default([]).describe("Names in the Host header; default: any name"),
  match: z.array(requestMatch).default([]).describe("At least one must match; default: all requests match"),
  primary: z
    .array(destination)
    .min(1, "a route requires a primary; write { subset: NAME }")
    .optional()
    .describe("The versions that serve clients"),
  redirect: redirect.optional().describe("Responds with a redirect; use instead of primary"),
  directResponse: directResponse.optional().describe("Responds without an upstream; use instead of primary"),
  sticky: sticky.optional().describe("Selects the primary by hash instead of at random"),
  rewrite: rewrite.optional().describe("Replaces the client's path and Host in upstream requests"),
  headers: requestAndResponseHeaders.optional(),
  timeout: required(duration()).optional().describe("Timeout for the primary's complete response; 504 when it expires"),
  retries: retries.optional(),
  fault: fault.optional(),
  cors: cors.optional(),
  candidates: z
    .array(z.strictObject(candidateShape))
    .default([])
    .describe("Versions under test, which receive mirrored requests"),
  secondary: z
    .strictObject(secondaryShape)
    .optional()
    .describe("A second instance of the primary's version; differences from it are noise"),
  selfCheck: ROUTE_OPTIONS.selfCheck.schema,
  selfCheckDelay: ROUTE_OPTIONS.selfCheckDelay.schema,
});

/** A validated route with defaults. */
export type RouteDocument = z.infer<typeof routeSchema>;
