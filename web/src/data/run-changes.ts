import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { sendJson } from "./api-client.ts";

export interface RunStart {
  /** Undefined: its id. */
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
}

function useSwitch<T>(send: (change: T) => Promise<unknown>): UseMutationResult<unknown, Error, T> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (change: T) => send(change),
    onSuccess: () => client.invalidateQueries(),
  });
}

/** Ends the current run and begins one. Answered when all that was answered to clients before is stored. */
export function useBeginRun(): UseMutationResult<unknown, Error, RunStart> {
  return useSwitch((start: RunStart) => sendJson("POST", "runs", start));
}

/** Ends the run that counts now; one without a name goes on. */
export function useEndRun(): UseMutationResult<unknown, Error, void> {
  return useSwitch(() => sendJson("POST", "runs/current/end", {}));
}
