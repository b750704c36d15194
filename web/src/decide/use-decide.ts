import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import type { Rule } from "../../../src/model/rule.ts";
import { sendJson } from "../data/api-client.ts";
import type { ReportScope } from "../data/queries.ts";
import { sendReviews, sendReviewUndo, type ReviewDecision } from "../data/review-changes.ts";
import type { RuleDraft } from "../data/rule-draft.ts";
import { offerUndo } from "./undo-stack.ts";

/** A decision of the reader, and what it is about in words: `3 causes`. */
export type Decision = { readonly what: string } & (
  | ({ readonly kind: "review" } & ReviewDecision)
  | { readonly kind: "ignore" | "rules"; readonly rules: readonly RuleDraft[]; readonly force: boolean }
);

/** Carries out a decision and offers to undo it. Pending until the screen is reloaded. */
export function useDecide(scope: ReportScope): UseMutationResult<unknown, Error, Decision> {
  const client = useQueryClient();
  const reload = (): Promise<void> => client.invalidateQueries();
  return useMutation({
    networkMode: "always",
    mutationFn: async (decision: Decision) => {
      const undo = decision.kind === "review" ? await review(scope, decision) : await addRules(scope, decision);
      offerUndo({ text: pastText(decision), undo: () => undo().then(reload) });
    },
    onSettled: reload,
  });
}

type Undo = () => Promise<unknown>;

async function review(scope: ReportScope, decision: ReviewDecision): Promise<Undo> {
  const { reviews, replaced } = await sendReviews(scope, decision);
  // A review of some endpoints only has a signature of its own.
  const signatures = reviews.map(({ signature }) => signature);
  return () => sendReviewUndo(signatures, replaced);
}

async function addRules(
  { run, candidate }: ReportScope,
  { rules: drafts, force }: Exclude<Decision, { kind: "review" }>,
): Promise<Undo> {
  const body = { rules: drafts, force };
  const { rules } = await sendJson<{ readonly rules: readonly Rule[] }>("POST", "rules/batch", body, {
    run,
    candidate,
  });
  return () => sendJson("POST", "rules/batch/undo", { ids: rules.map(({ id }) => id) });
}

function pastText(decision: Decision): string {
  if (decision.kind !== "review") return `${decision.kind === "ignore" ? "Ignored" : "Added"} ${decision.what}`;
  return `${decision.decision === "accepted" ? "Accepted" : "Denied"} ${decision.what}`;
}
