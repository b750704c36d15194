import { z } from "zod";
import { expirySchema } from "./expiry-schema.ts";
import type { AuditEntry, CauseReview, Review } from "../../model/review.ts";
import type { ReviewPreview } from "../../model/views/change-preview.ts";
import { effectFields } from "./change-schema.ts";
import { causeFieldSchema } from "./difference-schema.ts";

const MAX_REASON_LENGTH = 500;
/** Reviews in one request. */
const MAX_REVIEWED = 500;
const MAX_AUDIT_ENTRIES = 1_000;

const decision = z.enum(["accepted", "denied"]);

const signature = z.string().min(1).max(500);

export const reviewParams = z.object({ signature });

const decisionFields = {
  decision: decision.describe(
    "An accepted cause does not count against the gate; a denied cause does, even if a rule hides it",
  ),
  reason: z.string().trim().min(1, "give a reason, so that others understand the review later").max(MAX_REASON_LENGTH),
  expiresAt: expirySchema.default(null),
};

const only = z
  .array(z.string())
  .min(1)
  .readonly()
  .optional()
  .describe("Review the cause on these endpoints only; by default on all that have it");

const EXPIRY_OF_DENIAL = {
  path: ["expiresAt"],
  error: "only an accepted cause can expire: leave it out",
};

function canExpire({ decision: own, expiresAt }: Pick<Review, "decision" | "expiresAt">): boolean {
  return own === "accepted" || expiresAt === null;
}

/** The request to review a cause. */
export const reviewBody = z.strictObject({ ...decisionFields, endpoints: only }).refine(canExpire, EXPIRY_OF_DENIAL);

const signatures = z.array(signature).min(1).max(MAX_REVIEWED).readonly().describe("Signatures of causes");

/** The request to review several causes with one decision and one reason. */
export const reviewsBody = z
  .strictObject({ signatures, ...decisionFields, endpoints: only })
  .refine(canExpire, EXPIRY_OF_DENIAL);

/** The request to preview a review of several causes. */
export const reviewPreviewBody = z.strictObject({ signatures, decision, endpoints: only });

/** The request to undo reviews. */
export const undoBody = z.strictObject({
  signatures,
  restore: z
    .array(
      z.strictObject({
        signature,
        decision,
        reason: decisionFields.reason,
        expiresAt: z.number().nullable(),
        endpoints: z.array(z.string()).min(1).readonly().optional(),
      }),
    )
    .max(MAX_REVIEWED)
    .readonly()
    .default([])
    .describe("Earlier reviews to put in place again, as `replaced` listed them; the other causes become unreviewed"),
});

const reviewSchema = z
  .object({
    signature: z.string(),
    decision,
    endpoints: z.array(z.string()).readonly().describe("The endpoints that it covers; ** stands for all"),
    title: z.string(),
    fields: z.array(causeFieldSchema).readonly().describe("Fields of the cause at the time of the review"),
    reason: z.string(),
    by: z.string(),
    at: z.number().describe("Unix milliseconds"),
    expiresAt: z.number().nullable().describe("Unix milliseconds; null for never"),
  })
  .meta({ id: "Review" }) satisfies z.ZodType<Review>;

export const causeReviewSchema = reviewSchema
  .omit({ endpoints: true })
  .extend({ covers: z.number().nullable().describe("How many endpoints it covers; null for all") })
  .meta({ id: "CauseReview" }) satisfies z.ZodType<CauseReview>;

export const decidedSchema = z.object({ review: reviewSchema }).meta({ id: "Decided" });
export const decidedTogetherSchema = z
  .object({
    reviews: z.array(reviewSchema).readonly(),
    replaced: z.array(reviewSchema).readonly().describe("Earlier reviews of the same causes, for an undo"),
  })
  .meta({ id: "DecidedTogether" });

export const reviewPreviewSchema = z
  .object({
    ...effectFields,
    endpoints: z
      .array(z.object({ endpoint: z.string(), exchanges: z.number() }))
      .readonly()
      .describe("Most exchanges first"),
  })
  .meta({ id: "ReviewPreview" }) satisfies z.ZodType<ReviewPreview>;

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
