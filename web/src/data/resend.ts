import { useMutation, useQuery, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import type { Resend, ResendPreview } from "../../../src/model/isolate/resend.ts";
import { getJson, sendJson } from "./api-client.ts";
import type { Secrets } from "./isolations.ts";
import type { ReportScope } from "./queries.ts";

interface ResendInput {
  readonly secrets: Secrets;
  /** Methods that may be sent although they can change data. */
  readonly methods: readonly string[];
}

function resendPath(id: string): string {
  return `samples/${encodeURIComponent(id)}/resend`;
}

/** What sending an exchange again would do. Disabled until the reader asks. */
export function useResendPreview(
  { run, candidate }: ReportScope,
  id: string,
  isAsked: boolean,
): UseQueryResult<ResendPreview> {
  return useQuery({
    queryKey: ["resend/preview", { run, candidate, id }],
    enabled: isAsked,
    staleTime: "static",
    gcTime: 0,
    queryFn: ({ signal }) => getJson<ResendPreview>(resendPath(id), { run, candidate }, signal),
  });
}

/** Sends a stored request again. */
export function useResend({ run, candidate }: ReportScope, id: string): UseMutationResult<Resend, Error, ResendInput> {
  return useMutation({
    networkMode: "always",
    mutationFn: (input: ResendInput) =>
      sendJson<Resend>("POST", resendPath(id), { ...input, leaveOutMasked: true, confirm: true }, { run, candidate }),
  });
}
