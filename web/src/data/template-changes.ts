import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import type { TemplatePosition } from "../../../src/model/views/templates.ts";
import { sendJson } from "./api-client.ts";

/** What a person decides about the values of a path segment. */
export type Decision =
  | ({ readonly decision: "apart" } & TemplatePosition)
  | ({ readonly decision: "one"; readonly parameter: string; readonly literals: readonly string[] } & TemplatePosition);

/** Counts the values of a path segment as one endpoint, or keeps them apart. */
export function useDecideTemplate(): UseMutationResult<unknown, Error, Decision> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: (decision: Decision) => sendJson("POST", "templates", decision),
    // The decision is shown at once; the screens follow.
    onSuccess: () => void client.invalidateQueries(),
  });
}

/** Takes a decision back. */
export function useUndecideTemplate(): UseMutationResult<unknown, Error, TemplatePosition> {
  const client = useQueryClient();
  return useMutation({
    networkMode: "always",
    mutationFn: ({ route, method, parent }: TemplatePosition) =>
      sendJson("DELETE", "templates", {}, { route, method, parent }),
    // The decision is shown at once; the screens follow.
    onSuccess: () => void client.invalidateQueries(),
  });
}

/** The names of a position only: the API rejects anything else. */
export function positionOf({ route, method, parent }: TemplatePosition): TemplatePosition {
  return { route, method, parent };
}
