import { z } from "zod";
import { ATTRIBUTE_SOURCES } from "../../../model/explain/attribute.ts";
import type { Condition, Explanation } from "../../../model/explain/explanation.ts";
import type { CauseExplanation } from "../../../model/views/cause-explanation.ts";
import { selectionQuery } from "../run-schema.ts";
import { markSchema } from "./mark-schema.ts";

const MAX_CONDITION_CHARS = 2_000;

export const explanationQuery = z.object({
  ...selectionQuery,
  endpoint: z.string().max(MAX_CONDITION_CHARS).optional().describe("Explain the cause on this endpoint only"),
});

const conditionFields = {
  source: z.enum([...ATTRIBUTE_SOURCES, "time"]),
  name: z.string().describe("Of the header, parameter, cookie, claim, or a path in a body; empty for the time"),
  test: z.enum(["equals", "not-equals", "prefix", "above", "at-most", "present", "absent"]),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
};

const condition = z
  .object({ ...conditionFields, words: z.string().describe("accept-language: de*") })
  .meta({ id: "Condition" }) satisfies z.ZodType<Condition>;

const unnamedCondition = z.object(conditionFields) satisfies z.ZodType<Omit<Condition, "words">>;

/** A condition in a query string, as JSON. */
const conditionText = z
  .string()
  .max(MAX_CONDITION_CHARS)
  .transform((text, context): Omit<Condition, "words"> => {
    const parsed = unnamedCondition.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue({
      code: "custom",
      message: 'use JSON such as {"source":"query","name":"currency","test":"equals","value":"EUR"}',
    });
    return z.NEVER;
  });

const MAX_CONDITIONS = 5;

/** Conditions in a query string, which repeats the parameter for each. */
export const conditionsParameter = z
  .union([z.string(), z.array(z.string())])
  .transform((texts) => [texts].flat())
  .pipe(z.array(conditionText).max(MAX_CONDITIONS));

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const conditionCount = z
  .object({ count: z.number().describe("Exchanges with the cause"), compared: z.number() })
  .meta({ id: "ConditionCount" });

const finding = z
  .object({
    conditions: z.array(condition).readonly().describe("One, or two that hold together"),
    with: conditionCount,
    without: conditionCount,
    isExact: z.boolean().describe("The counts are of all exchanges, not estimated from kept ones"),
    riskRatio: z.object({ estimate: z.number().nullable(), low: z.number(), high: z.number().nullable() }),
    evidence: z.number().describe("Natural logarithm of an e-value"),
    sentence: z.string(),
  })
  .meta({ id: "ExplanationFinding" });

const time = z
  .object({
    firstAt: z.number().nullable().describe("Of the first exchange with the cause, Unix milliseconds"),
    change: z
      .object({
        at: z.number().describe("Unix milliseconds"),
        before: conditionCount,
        after: conditionCount,
        mark: markSchema.nullable().describe("The mark that comes shortly before it"),
      })
      .nullable()
      .describe("Where its share clearly changes"),
    marks: z.array(markSchema).readonly().describe("Everything that happened in the run, oldest first"),
    sentence: z.string().nullable(),
  })
  .meta({ id: "ExplanationTime" });

const explanation = z
  .object({
    signature: z.string(),
    endpoint: z.string(),
    route: z.string(),
    kind: z
      .enum(["condition", "always", "time", "even", "too-few"])
      .describe(
        "condition: what exchanges with the cause have in common; always: all have it; time: all since a moment; even: spread evenly; too-few: to tell",
      ),
    sentence: z.string().describe("The most important sentence"),
    findings: z.array(finding).readonly().describe("Strongest first; empty unless something explains it"),
    time,
    total: conditionCount.describe("Exchanges of the endpoint"),
    basis: z.object({
      cases: z.number().describe("Kept exchanges with the cause"),
      controls: z.number().describe("Kept exchanges without it"),
      attributes: z.number(),
      values: z.number(),
      cut: z
        .array(z.enum(ATTRIBUTE_SOURCES))
        .readonly()
        .describe("Sources with more attributes than are kept, where absence says nothing"),
    }),
  })
  .meta({ id: "Explanation" }) satisfies z.ZodType<Explanation>;

export const causeExplanationSchema = z
  .object({
    runId: z.string(),
    candidate: z.string(),
    signature: z.string(),
    title: z.string(),
    explanations: z
      .array(explanation)
      .readonly()
      .describe("One for each endpoint with the cause, at most 20, strongest first; none where no exchange is kept"),
    omitted: z.number().describe("Endpoints with the cause beyond those 20; ?endpoint= explains one"),
  })
  .meta({ id: "CauseExplanation" }) satisfies z.ZodType<CauseExplanation>;
