import { z } from "zod";
import type { RulePreview } from "../../model/rule.ts";

export const previewSchema = z
  .object({
    exchanges: z.number().describe("In which it takes at least one difference away"),
    noLongerCounting: z.number().describe("Exchanges that would no longer count against parity"),
    endpoints: z
      .array(z.object({ endpoint: z.string(), exchanges: z.number(), fields: z.array(z.string()).readonly() }))
      .readonly(),
    denied: z
      .array(z.object({ endpoint: z.string(), title: z.string() }))
      .readonly()
      .describe("Denied causes that it names; they count all the same"),
    basis: z.union([
      z.object({ type: z.literal("exact") }),
      z.object({ type: z.literal("samples"), samples: z.number(), explained: z.number() }),
    ]),
    overBroad: z.string().nullable().describe("Why it has to be forced"),
  })
  .meta({ id: "RulePreview" }) satisfies z.ZodType<RulePreview>;
