import { z } from "zod";

const EXPIRY_MESSAGE =
  "give Unix milliseconds, a date (2027-01-31) or a time (2027-01-31T12:00:00Z) in the future, or null for never";

/** When a rule or an acceptance expires: Unix milliseconds, or null for never. */
export const expirySchema = z
  .union([z.number().int(), z.iso.date(), z.iso.datetime({ offset: true }), z.null()], { error: EXPIRY_MESSAGE })
  .transform((value) => (typeof value === "string" ? Date.parse(value) : value))
  .refine((at) => at === null || at > Date.now(), { error: EXPIRY_MESSAGE })
  .describe("Unix milliseconds, an ISO 8601 date or time, or null for never");
