import { z } from "zod";
import { MAX_MARK_CHARS } from "../../../config/defaults.ts";
import { MARK_KINDS, type Mark } from "../../../model/explain/mark.ts";
import { selectionQuery } from "../run-schema.ts";

const kind = z.enum(MARK_KINDS);
const MAX_SUBSET_CHARS = 200;

export const marksQuery = z.object({ run: selectionQuery.run });

/** The request to report a mark. */
export const markBody = z.strictObject({
  text: z
    .string()
    .trim()
    .min(1, "say what happened, such as `v2 restarted`")
    .max(MAX_MARK_CHARS)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, "use one line without control characters")
    .describe("What happened, in one line"),
  at: z.number().int().nonnegative().optional().describe("When it happened, Unix milliseconds; default: now"),
  kind: kind.default("deployment"),
  subset: z
    .string()
    .max(MAX_SUBSET_CHARS)
    .nullable()
    .default(null)
    .describe("The version that it concerns; null for all"),
});

export const markSchema = z
  .object({
    id: z.string(),
    at: z.number().describe("Unix milliseconds"),
    kind: kind.describe(
      "deployment: reported by a person or a pipeline; configuration: it was reloaded, or a share or rule was changed; upstream: a version went down or is back; note: anything else that was reported",
    ),
    text: z.string(),
    subset: z.string().nullable().describe("The version that it concerns; null for all"),
    by: z.string().describe("A person or a program"),
  })
  .meta({ id: "Mark" }) satisfies z.ZodType<Mark>;

export const createdMarkSchema = z.object({ mark: markSchema }).meta({ id: "CreatedMark" });
export const marksSchema = z
  .object({ marks: z.array(markSchema).readonly().describe("Oldest first") })
  .meta({ id: "Marks" });
