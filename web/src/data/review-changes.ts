import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { sendJson } from "./api-client.ts";
import type { Subject } from "./queries.ts";

export interface Decision {
  readonly signature: string;
  readonly decision: "accepted" | "denied";
  readonly reason: string;
  /** An ISO 8601 date; null for never. */
  readonly expiresAt: string | null;
}

/** Accepts or denies a cause. The reports on the screen are asked for anew before it is fulfilled. */
export function useDecision({ run, candidate }: Subject): UseMutationResult<unknown, Error, Decision> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: ({ signature, ...decision }: Decision) =>
      sendJson("PUT", `reviews/${encodeURIComponent(signature)}`, decision, { run, candidate }),
    onSuccess: () => client.invalidateQueries(),
  });
}

/** Takes a decision back, by the signature of the decision. */
export function useUndo(): UseMutationResult<unknown, Error, string> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (signature: string) => sendJson("DELETE", `reviews/${encodeURIComponent(signature)}`, {}),
    onSuccess: () => client.invalidateQueries(),
  });
}
