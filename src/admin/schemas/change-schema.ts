import { z } from "zod";
import type { ChangeEffect } from "../../model/views/change-preview.ts";
import { verdictSchema } from "./statistics-schema.ts";

/** What every preview of a change says. */
export const effectFields = {
  exchanges: z.number().describe("Exchanges in which it concerns at least one difference"),
  counting: z
    .object({ before: z.number(), after: z.number() })
    .describe("Exchanges that count against parity, without and with the change"),
  verdict: z
    .object({ before: verdictSchema, after: verdictSchema })
    .describe("Verdict of the run without and with the change"),
} satisfies { readonly [Field in keyof ChangeEffect]: z.ZodType<ChangeEffect[Field]> };
