import { z } from "zod";
import type { ControlView } from "../../../model/control.ts";

const STEP = 0.0001;
const name = z.string().min(1).max(200);
const names = z.array(z.string()).readonly();
const share = z.number().min(0).max(100);

export const pauseBody = z.strictObject({ paused: z.boolean() });

export const percentBody = z.strictObject({
  route: name,
  candidate: name.describe("The candidate's subset"),
  percent: share
    .multipleOf(STEP)
    .nullable()
    .describe("Percentage of the requests, in steps of 0.0001; null restores the configured value"),
});

const samplingSchema = z.object({
  budget: z.number().describe("Mirrored requests per second of this replica"),
  floor: share.describe("The smallest percentage of an endpoint"),
  used: z.number().describe("Mirrored requests per second lately"),
  expected: z.number().describe("Mirrored requests per second that the current percentages lead to"),
  needs: z
    .object({ suspect: z.number(), undecided: z.number(), settled: z.number() })
    .describe("Number of endpoints by what their verdict needs; suspect: a regression was seen"),
  endpoints: z
    .array(
      z.object({
        endpoint: z.string(),
        need: z.enum(["suspect", "undecided", "settled"]),
        perSecond: z.number().describe("Requests per second that could be mirrored"),
        percent: share.describe("Percentage of them that is mirrored"),
      }),
    )
    .readonly()
    .describe("At most 20, those that are raised first"),
});

export const controlSchema = z
  .object({
    paused: z.boolean(),
    candidates: z
      .array(
        z.object({
          route: z.string(),
          candidate: z.string(),
          configured: share,
          override: share.nullable().describe("Set at run time; null if unchanged"),
          effective: share.describe("Effective percentage; 0 while paused"),
          breaker: z
            .object({
              state: z
                .enum(["closed", "open", "half-open"])
                .describe(
                  "Open: requests are dropped. Half-open: the next request is a probe. The worst state across proxy threads",
                ),
              failures: z.number().describe("Failed responses of the candidate"),
              opens: z.number().describe("Number of times the breaker opened"),
            })
            .nullable()
            .describe("State of the circuit breaker, at most one second old; null if there is none"),
          sampling: samplingSchema.optional().describe("Absent unless the shares of endpoints follow their verdicts"),
        }),
      )
      .readonly(),
    changes: z
      .array(
        z.object({
          at: z.number().describe("Unix milliseconds"),
          what: z.string(),
          before: z.string(),
          after: z.string(),
          by: z.string(),
          replica: z.string().optional().describe("The replica that was asked, if replicas share the store"),
        }),
      )
      .readonly()
      .describe("The last 50 changes, newest first: of this process, or of all replicas of the store"),
    reach: z
      .object({
        applied: names.describe("Live replicas that mirror as described here"),
        waiting: names.describe("Live replicas that do not yet"),
        unstored: z
          .string()
          .nullable()
          .describe("Why a pause is not stored yet, so that only this replica is paused; null if everything is stored"),
      })
      .optional()
      .describe("Only if replicas share the store"),
  })
  .meta({ id: "Control" }) satisfies z.ZodType<ControlView>;
