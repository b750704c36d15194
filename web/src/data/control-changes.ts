import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import type { ControlView } from "../../../src/model/control.ts";
import { sendJson } from "./api-client.ts";

export interface PercentChange {
  readonly route: string;
  readonly candidate: string;
  /** Null resets the share to the configured one. */
  readonly percent: number | null;
}

function useControlChange<T extends object>(path: string): UseMutationResult<ControlView, Error, T> {
  const client = useQueryClient();
  return useMutation({
    // Without a network, a click fails immediately instead of waiting for one.
    networkMode: "always",
    mutationFn: (change: T) => sendJson<ControlView>("PUT", path, change),
    onSuccess: (view) => {
      client.setQueryData(["control", {}], view);
      void client.invalidateQueries({ queryKey: ["status"] });
    },
  });
}

/** Pauses or resumes all mirroring. */
export function usePause(): UseMutationResult<ControlView, Error, { readonly paused: boolean }> {
  return useControlChange("control/mirroring");
}

/** Sets the share of a route's requests that a candidate receives. */
export function usePercent(): UseMutationResult<ControlView, Error, PercentChange> {
  return useControlChange("control/percent");
}
