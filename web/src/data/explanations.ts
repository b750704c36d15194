import { useMutation, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import type { Condition } from "../../../src/model/explain/explanation.ts";
import type { CauseExplanation } from "../../../src/model/views/cause-explanation.ts";
import type { MarkKind } from "../../../src/model/explain/mark.ts";
import { sendJson } from "./api-client.ts";
import { useApi, type ReportScope } from "./queries.ts";

export interface NewMark {
  readonly kind: MarkKind;
  readonly text: string;
  /** Unix milliseconds; null: now. */
  readonly at: number | null;
  /** Null: all. */
  readonly subset: string | null;
}

/** Why a cause shows on one endpoint. */
export function useExplanation(
  { run, candidate }: ReportScope,
  signature: string,
  endpoint: string,
): UseQueryResult<CauseExplanation> {
  return useApi(`causes/${encodeURIComponent(signature)}/explanation`, { run, candidate, endpoint });
}

/** Conditions as the filter `condition` of samples; their words are for people only. */
export function conditionTexts(conditions: readonly Condition[]): readonly string[] {
  return conditions.map(({ source, name, test, value }) => JSON.stringify({ source, name, test, value }));
}

/** Marks an event, which is drawn on the timelines of all causes. */
export function useAddMark(run: string): UseMutationResult<unknown, Error, NewMark> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: ({ kind, text, at, subset }: NewMark) =>
      sendJson("POST", "events/marks", { kind, text, at: at ?? undefined, subset }, { run }),
    onSuccess: () => client.invalidateQueries(),
  });
}
