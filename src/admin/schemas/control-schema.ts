import { z } from "zod";
import type { ControlView } from "../../model/control.ts";

const STEP = 0.0001;
const name = z.string().min(1).max(200);
const share = z.number().min(0).max(100);

export const pauseBody = z.strictObject({ paused: z.boolean() });

export const percentBody = z.strictObject({
  route: name,
  candidate: name.describe("A candidate's subset"),
  percent: share.multipleOf(STEP).nullable().describe("Of the requests; null: as configured"),
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
          override: share.nullable().describe("As set at run time"),
          effective: share.describe("What holds now; 0 while paused"),
          breaker: z
            .object({
              state: z
                .enum(["closed", "open", "half-open"])
                .describe("Open: nothing is sent; half-open: the next copy probes. The worst of all proxy threads"),
              failures: z.number().describe("Copies to which the candidate failed to answer"),
              opens: z.number(),
            })
            .nullable()
            .describe("Circuit breaker, at most a second old; null without one"),
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
        }),
      )
      .readonly()
      .describe("Of this process, newest first"),
  })
  .meta({ id: "Control" }) satisfies z.ZodType<ControlView>;
