import { z } from "zod";
import type { GateVerdict } from "../../../model/views/gate-verdict.ts";
import { selectionQuery } from "../run-schema.ts";
import { verdictSchema } from "../statistics-schema.ts";

/** Which verdicts respond with 200. */
const okChoice = z.enum(["pass", "not-fail", "any"]);

export type OkChoice = z.infer<typeof okChoice>;

const parameters = {
  ...selectionQuery,
  endpoint: z.string().min(1).max(2000).optional().describe("Only this endpoint: `GET /users/{id}`"),
  minCompared: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe("Fewer compared exchanges are inconclusive instead of a pass, in addition to the gate of the run"),
  ok: okChoice
    .default("pass")
    .describe("Verdicts that are a 200: `pass`; `not-fail`: inconclusive too; `any`, for tools that read the body"),
};

/** A mistyped parameter must not turn a verdict into a pass. */
export const gateQuery = z.strictObject(parameters, {
  error: (issue) =>
    issue.code === "unrecognized_keys"
      ? `unknown parameter ${(issue["keys"] as readonly string[]).join(", ")}; allowed: ${Object.keys(parameters).join(", ")}`
      : undefined,
});

export const gateVerdictSchema = z
  .object({
    verdict: verdictSchema,
    reasons: z.array(z.string()).readonly().describe("The most important ones, at most five"),
    run: z.object({
      id: z.string(),
      name: z.string(),
      startedAt: z.number().describe("Unix milliseconds"),
      endedAt: z.number().nullable().describe("Unix milliseconds; null while the run is active"),
    }),
    candidate: z.string(),
    endpoint: z.string().nullable().describe("Null if the verdict is about the run"),
    compared: z.number(),
    differed: z.number().describe("Noise included"),
    needed: z
      .number()
      .nullable()
      .describe("Further comparisons without a difference that a pass needs; null if more requests cannot help"),
  })
  .meta({ id: "GateVerdict" }) satisfies z.ZodType<GateVerdict>;
