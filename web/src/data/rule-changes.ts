import {
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { RulePreview } from "../../../src/model/views/change-preview.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { ApiError, sendJson } from "./api-client.ts";
import type { ReportScope } from "./queries.ts";
import type { RuleDraft } from "./rule-draft.ts";

/**
 * What rules would hide together. Disabled while there is none (null). The effect is that of the moment when the reader asked:
 * live updates do not repeat it, because it costs as much as two reports.
 */
export function usePreview(
  { run, candidate }: ReportScope,
  rules: readonly RuleDraft[] | null,
): UseQueryResult<RulePreview> {
  return useQuery({
    queryKey: ["rules/preview", { run, candidate, rules }],
    enabled: rules !== null,
    staleTime: "static",
    gcTime: 0,
    queryFn: () => sendJson<RulePreview>("POST", "rules/preview", { rules }, { run, candidate }),
  });
}

/** Ids of the rules that are too broad to be accepted without `force`. Depends on the rules alone, not on traffic. */
export function useBroadRules(
  { run, candidate }: ReportScope,
  rules: readonly Rule[],
): UseQueryResult<ReadonlySet<string>> {
  return useQuery({
    queryKey: ["rules/broad", rules.map(({ id }) => id)],
    staleTime: "static",
    queryFn: async () => {
      const broad = await Promise.all(
        rules.map(async ({ id, endpoint, section, path, kind, action }) => {
          const rule = { endpoint, section, path, kind, action };
          const { overBroad } = await sendJson<RulePreview>("POST", "rules/preview", rule, { run, candidate });
          return overBroad === null ? [] : [id];
        }),
      );
      return new Set(broad.flat());
    },
  });
}

/** Removes a rule, given its id. */
export function useRemoveRule(): UseMutationResult<unknown, Error, string> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (id: string) => sendJson("DELETE", `rules/${encodeURIComponent(id)}`, {}),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function isOverBroad(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 422;
}
