import {
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { Isolation, IsolationPreview, IsolationState } from "../../../src/model/isolate/isolation.ts";
import type { ResendPreview } from "../../../src/model/isolate/resend.ts";
import { sendJson } from "./api-client.ts";
import { useApi, type ReportScope } from "./queries.ts";

/** Values for masked places, by place, such as `header authorization`. They are used once and never stored. */
export type Secrets = Readonly<Record<string, string>>;

/** What is isolated. */
export interface IsolationSubject {
  readonly signature: string;
  readonly endpoint: string;
  readonly route: string;
  /** Null: the next live request with the cause. */
  readonly sampleId: string | null;
}

/** What would be sent, before anything is. */
export type SendPreview = Pick<ResendPreview, "method" | "targets" | "masked" | "refusal">;

/** States in which requests are sent or awaited. */
const ACTIVE: ReadonlySet<IsolationState> = new Set(["armed", "checking", "reducing"]);
export function isActive({ state }: Pick<Isolation, "state">): boolean {
  return ACTIVE.has(state);
}

/** The isolations of a cause, newest first. */
export function useIsolations(
  { run, candidate }: ReportScope,
  signature: string,
): UseQueryResult<{ readonly isolations: readonly Isolation[] }> {
  return useApi("isolations", { run, candidate, signature });
}

/** What an isolation would send. Disabled without a subject. */
export function useIsolationPreview(
  { run, candidate }: ReportScope,
  subject: IsolationSubject | null,
): UseQueryResult<IsolationPreview> {
  return useQuery({
    queryKey: ["isolations/preview", { run, candidate, subject }],
    enabled: subject !== null,
    staleTime: "static",
    gcTime: 0,
    queryFn: () => sendJson<IsolationPreview>("POST", "isolations/preview", { ...subject, run, candidate }),
  });
}

interface IsolationStart extends IsolationSubject {
  readonly secrets: Secrets;
  /** Methods that may be sent although they can change data. */
  readonly methods: readonly string[];
}

export function useStartIsolation({
  run,
  candidate,
}: ReportScope): UseMutationResult<Isolation, Error, IsolationStart> {
  return useIsolationChange((start: IsolationStart) =>
    sendJson<Isolation>("POST", "isolations", { ...start, run, candidate, confirm: true }),
  );
}

/** Stops an isolation, given its id. */
export function useStopIsolation(): UseMutationResult<Isolation, Error, string> {
  return useIsolationChange((id: string) => sendJson<Isolation>("DELETE", `isolations/${encodeURIComponent(id)}`, {}));
}

function useIsolationChange<T>(change: (input: T) => Promise<Isolation>): UseMutationResult<Isolation, Error, T> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    // Typed-in secrets must not stay in memory with the result.
    gcTime: 0,
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["isolations"] }),
  });
}
