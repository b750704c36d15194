import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { sendJson } from "./api-client.ts";

export interface RunStart {
  /** Default: the run's id. */
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What has come of a change. */
export interface RunSwitch {
  /** Names of the replicas that still count to the run that has ended. */
  readonly waiting?: readonly string[];
}

function useRunChange<T>(send: (change: T) => Promise<RunSwitch>): UseMutationResult<RunSwitch, Error, T> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (change: T) => send(change),
    onSuccess: () => client.invalidateQueries(),
  });
}

/** Ends the current run and starts another. Pending until every earlier exchange is stored. */
export function useStartRun(): UseMutationResult<RunSwitch, Error, RunStart> {
  return useRunChange((start: RunStart) => sendJson("POST", "runs", start));
}

/** Ends the current run; an unnamed run follows. */
export function useEndRun(): UseMutationResult<RunSwitch, Error, void> {
  return useRunChange(() => sendJson("POST", "runs/current/end", {}));
}
