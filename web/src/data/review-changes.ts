import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { sendJson } from "./api-client.ts";
import type { ReportScope } from "./queries.ts";

export interface ReviewDecision {
  readonly signature: string;
  readonly decision: "accepted" | "denied";
  readonly reason: string;
  /** ISO 8601 date; null: never. */
  readonly expiresAt: string | null;
}

/** Accepts or denies a cause. Pending until the reports on the screen are reloaded. */
export function useReviewCause({ run, candidate }: ReportScope): UseMutationResult<unknown, Error, ReviewDecision> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: ({ signature, ...decision }: ReviewDecision) =>
      sendJson("PUT", `reviews/${encodeURIComponent(signature)}`, decision, { run, candidate }),
    onSuccess: () => client.invalidateQueries(),
  });
}

/** Accepts or denies several causes, one after the other. Ends at the first error. */
export function useReviewCauses({
  run,
  candidate,
}: ReportScope): UseMutationResult<unknown, Error, readonly ReviewDecision[]> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: async (decisions: readonly ReviewDecision[]) => {
      for (const { signature, ...decision } of decisions) {
        await sendJson("PUT", `reviews/${encodeURIComponent(signature)}`, decision, { run, candidate });
      }
    },
    onSettled: () => client.invalidateQueries(),
  });
}

/** Removes a review, given the signature of its cause. */
export function useUndoReview(): UseMutationResult<unknown, Error, string> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (signature: string) => sendJson("DELETE", `reviews/${encodeURIComponent(signature)}`, {}),
    onSuccess: () => client.invalidateQueries(),
  });
}
