import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import type { ControlView } from "../../../src/model/control.ts";
import { sendJson } from "./api-client.ts";

export interface PercentChange {
  readonly route: string;
  readonly candidate: string;
  /** null: as configured. */
  readonly percent: number | null;
}

function useChange<T extends object>(path: string): UseMutationResult<ControlView, Error, T> {
  const client = useQueryClient();
  return useMutation({
    // A click must fail at once and visibly, not wait for a network.
    networkMode: "always",
    mutationFn: (change: T) => sendJson<ControlView>("PUT", path, change),
    onSuccess: (view) => {
      client.setQueryData(["control", {}], view);
      void client.invalidateQueries({ queryKey: ["status"] });
    },
  });
}

/** The kill switch. */
export function usePause(): UseMutationResult<ControlView, Error, { readonly paused: boolean }> {
  return useChange("control/mirroring");
}

/** The share of one route that one candidate gets. */
export function usePercent(): UseMutationResult<ControlView, Error, PercentChange> {
  return useChange("control/percent");
}
