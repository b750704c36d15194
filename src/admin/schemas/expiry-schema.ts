import { z } from "zod";

const MESSAGE =
  "give Unix milliseconds, a date (2027-01-31) or a time (2027-01-31T12:00:00Z) in the future, or null for never";

/** When a rule or an acceptance ends: Unix milliseconds, or null for never. */
export const expirySchema = z
  .union([z.number().int(), z.iso.date(), z.iso.datetime({ offset: true }), z.null()], { error: MESSAGE })
  .transform((value) => (typeof value === "string" ? Date.parse(value) : value))
  .refine((at) => at === null || at > Date.now(), { error: MESSAGE })
  .describe("Unix milliseconds, an ISO 8601 date or time, or null for never");
