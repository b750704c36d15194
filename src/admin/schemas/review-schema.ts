import { z } from "zod";
import { expirySchema } from "./expiry-schema.ts";
import type { AuditEntry, Review } from "../../model/review.ts";
import { causeFieldSchema } from "./difference-schema.ts";

const MAX_REASON_LENGTH = 500;
const MAX_AUDIT_ENTRIES = 1_000;

const decision = z.enum(["accepted", "denied"]);

export const reviewParams = z.object({ signature: z.string().min(1).max(500) });

/** The request to review a cause. */
export const reviewBody = z
  .strictObject({
    decision: decision.describe(
      "An accepted cause does not count against the gate; a denied cause does, even if a rule hides it",
    ),
    reason: z
      .string()
      .trim()
      .min(1, "give a reason, so that others understand the review later")
      .max(MAX_REASON_LENGTH),
    expiresAt: expirySchema.default(null),
  })
  .refine((body) => body.decision === "accepted" || body.expiresAt === null, {
    path: ["expiresAt"],
    error: "only an accepted cause can expire: leave it out",
  });

export const reviewSchema = z
  .object({
    signature: z.string(),
    decision,
    endpoint: z.string(),
    title: z.string(),
    fields: z.array(causeFieldSchema).readonly().describe("Fields of the cause at the time of the review"),
    reason: z.string(),
    by: z.string(),
    at: z.number().describe("Unix milliseconds"),
    expiresAt: z.number().nullable().describe("Unix milliseconds; null for never"),
  })
  .meta({ id: "Review" }) satisfies z.ZodType<Review>;

export const decidedSchema = z.object({ review: reviewSchema }).meta({ id: "Decided" });
export const reviewsSchema = z.object({ reviews: z.array(reviewSchema).readonly() }).meta({ id: "Reviews" });

export const auditQuery = z.object({ limit: z.coerce.number().int().min(1).max(MAX_AUDIT_ENTRIES).default(100) });

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
