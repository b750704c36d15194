import { z } from "zod";
import type {
  KeptApart,
  RunTemplate,
  TemplateDecisions,
  TemplateInForce,
  TemplateProposal,
  Templates,
} from "../../../model/views/templates.ts";

const MAX_TEXT_LENGTH = 200;
const MAX_LITERALS = 50;

const text = z.string().max(MAX_TEXT_LENGTH);

const position = {
  route: text.describe("Name of the route"),
  method: z
    .string()
    .regex(/^[A-Za-z-]{1,40}$/, "is not a method")
    .describe("GET"),
  parent: text
    .regex(/^(?:\/[^/?#\s]+)*$/, "is not a path such as /repos/{repo}")
    .describe("The template up to the segment: /repos/{repo}; empty for the first segment"),
};
const parameter = z.string().regex(/^\{[\w-]{1,40}\}$/, "is not a parameter such as {post}");
const literals = z.array(text.min(1)).max(MAX_LITERALS).readonly();

/** Names a segment in a query string. */
export const positionQuery = z.object(position);

export const decisionBody = z.discriminatedUnion("decision", [
  z.strictObject({
    decision: z.literal("one").describe("Count the values of the segment as one parameter"),
    ...position,
    parameter,
    literals: literals.default([]).describe("Values that stay as they are; * in them matches any characters"),
  }),
  z.strictObject({
    decision: z.literal("apart").describe("Keep the values apart, however many there are"),
    ...position,
  }),
]);

const decided = z.object({ by: z.string(), at: z.number().describe("Unix milliseconds") });

const template = z
  .object({
    ...z.object(position).shape,
    template: z.string().describe("GET /posts/{post}"),
    parameter: z.string(),
    literals,
    decided: decided.nullable().describe("Who has decided; null if it was learned from traffic"),
  })
  .meta({ id: "Template" }) satisfies z.ZodType<TemplateInForce>;

const keptApart = z
  .object({ ...z.object(position).shape, ...decided.shape })
  .meta({ id: "KeptApart" }) satisfies z.ZodType<KeptApart>;

const proposal = z
  .object({
    ...z.object(position).shape,
    template: z.string().describe("GET /posts/{post}"),
    parameter: z.string(),
    values: z.number().describe("Values that would be counted as one"),
    examples: z.array(z.string()).readonly(),
    literals: literals.describe("Values that would stay as they are, because they are far more frequent"),
  })
  .meta({ id: "TemplateProposal" }) satisfies z.ZodType<TemplateProposal>;

export const decisionsSchema = z
  .object({ templates: z.array(template).readonly(), keptApart: z.array(keptApart).readonly() })
  .meta({ id: "TemplateDecisions" }) satisfies z.ZodType<TemplateDecisions>;

const runTemplate = template
  .extend({ endpoints: z.array(z.string()).readonly().describe("Endpoints of the selected run below it") })
  .meta({ id: "RunTemplate" }) satisfies z.ZodType<RunTemplate>;

export const templatesSchema = z
  .object({
    templates: z.array(runTemplate).readonly(),
    keptApart: z.array(keptApart).readonly(),
    proposals: z.array(proposal).readonly().describe("Segments of the selected run whose values look alike"),
  })
  .meta({ id: "Templates" }) satisfies z.ZodType<Templates>;
