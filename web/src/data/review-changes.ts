import {
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { Review } from "../../../src/model/review.ts";
import type { ReviewPreview } from "../../../src/model/views/change-preview.ts";
import { sendJson } from "./api-client.ts";
import type { ReportScope } from "./queries.ts";

/** One decision about one or several causes. */
export interface ReviewDecision {
  readonly signatures: readonly string[];
  readonly decision: "accepted" | "denied";
  readonly reason: string;
  /** ISO 8601 date; null: never. */
  readonly expiresAt: string | null;
  /** Only these endpoints; default: all that have the cause. */
  readonly endpoints?: readonly string[] | undefined;
}

interface ReviewResult {
  readonly reviews: readonly Review[];
  /** Earlier reviews of the same causes. */
  readonly replaced: readonly Review[];
}

/** Accepts or denies causes, all or none. */
export function sendReviews({ run, candidate }: ReportScope, decision: ReviewDecision): Promise<ReviewResult> {
  const { signatures, decision: own, reason, expiresAt, endpoints } = decision;
  return sendJson("POST", "reviews", { signatures, decision: own, reason, expiresAt, endpoints }, { run, candidate });
}

/** Undoes reviews. @param earlier reviews that were in force before, which come back */
export function sendReviewUndo(signatures: readonly string[], earlier: readonly Review[]): Promise<unknown> {
  const restore = earlier.map(({ signature, decision, reason, expiresAt, endpoints }) => ({
    signature,
    decision,
    reason,
    expiresAt,
    endpoints,
  }));
  return sendJson("POST", "reviews/batch/undo", { signatures, restore });
}

/** What a review would change. Disabled without one. The effect is that of the moment when the reader asked. */
export function useReviewPreview(
  { run, candidate }: ReportScope,
  review: Pick<ReviewDecision, "signatures" | "decision" | "endpoints"> | null,
): UseQueryResult<ReviewPreview> {
  return useQuery({
    queryKey: ["reviews/preview", { run, candidate, review }],
    enabled: review !== null,
    staleTime: "static",
    gcTime: 0,
    queryFn: () => sendJson<ReviewPreview>("POST", "reviews/batch/preview", review ?? {}, { run, candidate }),
  });
}

/** Removes reviews, given the signatures of their causes. */
export function useUndoReviews(): UseMutationResult<unknown, Error, readonly string[]> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (signatures: readonly string[]) => sendReviewUndo(signatures, []),
    onSuccess: () => client.invalidateQueries(),
  });
}
