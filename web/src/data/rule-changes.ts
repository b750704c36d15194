import {
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { RulePreview, Rule } from "../../../src/model/rule.ts";
import { ApiError, sendJson } from "./api-client.ts";
import type { Subject } from "./queries.ts";

/** What a person asks for. */
export type RuleDraft = Pick<Rule, "endpoint" | "section" | "path" | "kind" | "action" | "owner" | "reason"> & {
  /** An ISO 8601 date; null for never. */
  readonly expiresAt: string | null;
};

/** What a rule would hide. Nothing is asked while there is no complete rule. */
export function usePreview({ run, candidate }: Subject, draft: RuleDraft | null): UseQueryResult<RulePreview> {
  return useQuery({
    queryKey: ["rules/preview", { run, candidate, draft }],
    enabled: draft !== null,
    queryFn: () => sendJson<RulePreview>("POST", "rules/preview", draft ?? {}, { run, candidate }),
  });
}

/** The ids of the rules that hide so much that they have to be forced, which follows from what they say alone. */
export function useBroadRules(
  { run, candidate }: Subject,
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

/** Enters a rule. 422 says that it hides too much; `force` enters it all the same. */
export function useAddRule(): UseMutationResult<unknown, Error, RuleDraft & { readonly force: boolean }> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (rule: RuleDraft & { readonly force: boolean }) => sendJson("POST", "rules", rule),
    onSuccess: () => client.invalidateQueries(),
  });
}

/** Removes a rule, by its id. */
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
