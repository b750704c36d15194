import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { sendJson } from "./api-client.ts";

export interface RunStart {
  /** Default: the run's id. */
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
}

function useRunChange<T>(send: (change: T) => Promise<unknown>): UseMutationResult<unknown, Error, T> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (change: T) => send(change),
    onSuccess: () => client.invalidateQueries(),
  });
}

/** Ends the current run and starts another. Pending until every earlier exchange is stored. */
export function useStartRun(): UseMutationResult<unknown, Error, RunStart> {
  return useRunChange((start: RunStart) => sendJson("POST", "runs", start));
}

/** Ends the current run; an unnamed run follows. */
export function useEndRun(): UseMutationResult<unknown, Error, void> {
  return useRunChange(() => sendJson("POST", "runs/current/end", {}));
}
