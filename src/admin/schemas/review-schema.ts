import { z } from "zod";
import type { AuditEntry, Review } from "../../model/review.ts";
import { causeFieldSchema } from "./difference-schema.ts";
import { expirySchema } from "./expiry-schema.ts";

const LONGEST_REASON = 500;
const MAX_LINES = 1_000;

const decision = z.enum(["accepted", "denied"]);

export const reviewParams = z.object({ signature: z.string().min(1).max(500) });

/** A decision about a cause. */
export const reviewBody = z
  .strictObject({
    decision: decision.describe("accepted: does not fail the gate; denied: does, whatever a rule hides"),
    reason: z.string().trim().min(1, "say why, for those who find the decision later").max(LONGEST_REASON),
    expiresAt: expirySchema.default(null),
  })
  .refine((body) => body.decision === "accepted" || body.expiresAt === null, {
    path: ["expiresAt"],
    error: "only an acceptance ends: leave it out",
  });

export const reviewSchema = z
  .object({
    signature: z.string(),
    decision,
    endpoint: z.string(),
    title: z.string(),
    fields: z.array(causeFieldSchema).readonly().describe("The cause as it was when it was decided"),
    reason: z.string(),
    by: z.string(),
    at: z.number().describe("Unix milliseconds"),
    expiresAt: z.number().nullable().describe("Unix milliseconds; null for never"),
  })
  .meta({ id: "Review" }) satisfies z.ZodType<Review>;

export const decidedSchema = z.object({ review: reviewSchema }).meta({ id: "Decided" });
export const reviewsSchema = z.object({ reviews: z.array(reviewSchema).readonly() }).meta({ id: "Reviews" });

export const auditQuery = z.object({ limit: z.coerce.number().int().min(1).max(MAX_LINES).default(100) });

export const auditSchema = z
  .object({
    lines: z
      .array(
        z.object({
          at: z.number().describe("Unix milliseconds"),
          by: z.string(),
          what: z.string(),
        }) satisfies z.ZodType<AuditEntry>,
      )
      .readonly()
      .describe("Newest first"),
  })
  .meta({ id: "Audit" });
