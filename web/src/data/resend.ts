import { useMutation, useQuery, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import type { Role } from "../../../src/model/capture.ts";
import type { Difference, DifferingField } from "../../../src/model/difference.ts";
import { getJson, sendJson } from "./api-client.ts";
import type { Secrets, SendPreview } from "./isolations.ts";
import type { ReportScope } from "./queries.ts";

export interface ResendPreview extends SendPreview {
  readonly method: string;
}

/** One response of a request that was sent again. */
export interface ResentLeg {
  readonly subset: string;
  /** 0 without a complete response. */
  readonly status: number;
  readonly failure: string | null;
  readonly address: string | null;
  readonly ms: number | null;
}

/** A stored request that was sent again, with the fresh comparison. */
export interface Resent {
  readonly sampleId: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Whether the same differences show. */
  readonly outcome: "same" | "other" | "none" | "failed";
  /** One sentence. */
  readonly message: string;
  /** Null if the request was not sent. */
  readonly legs:
    | (Readonly<Record<Exclude<Role, "secondary">, ResentLeg>> & { readonly secondary: ResentLeg | null })
    | null;
  /** The fields that differ now. */
  readonly fields: readonly DifferingField[];
  readonly differences: readonly Difference[];
  /** The causes of the stored exchange, and whether each shows again. */
  readonly causes: readonly { readonly signature: string; readonly title: string; readonly shows: boolean }[];
}

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
export function useResend({ run, candidate }: ReportScope, id: string): UseMutationResult<Resent, Error, ResendInput> {
  return useMutation({
    networkMode: "always",
    mutationFn: (input: ResendInput) =>
      sendJson<Resent>("POST", resendPath(id), { ...input, leaveOutMasked: true, confirm: true }, { run, candidate }),
  });
}
