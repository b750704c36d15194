import type { Run } from "../model/run.ts";
import type { StoreReader } from "../store/store.ts";
import { ApiError } from "./api-error.ts";

/** The run and the candidate in a query string. */
export interface RunSelection {
  readonly run?: string | undefined;
  readonly candidate?: string | undefined;
}

/**
 * Resolves a selection. Defaults: the current run, and its candidate if there is only one. The current run is available
 * before the store has recorded it.
 * @throws ApiError 404 for an unknown run or candidate, 400 if the run has several candidates and none is named
 */
export async function selectRun(
  reader: StoreReader,
  current: Run,
  selection: RunSelection,
): Promise<{ run: Run; candidate: string }> {
  const { run: runId = current.id } = selection;
  const isSelected = ({ id, name }: Run): boolean => id === runId || name === runId;
  const run = isSelected(current) ? current : (await reader.runs()).find(isSelected);
  if (run === undefined) {
    throw new ApiError("unknown-run", `There is no run ${runId}.`, "GET /api/v1/runs lists the runs.");
  }
  const names = run.candidates.join(", ") || "none";
  const candidate = selection.candidate ?? (run.candidates.length === 1 ? run.candidates[0] : undefined);
  if (candidate === undefined) {
    throw new ApiError(
      "candidate-needed",
      `Run ${run.id} does not have exactly one candidate. Its candidates: ${names}.`,
      "Choose one with ?candidate=<name>.",
    );
  }
  if (!run.candidates.includes(candidate)) {
    const message = `Run ${run.id} has no candidate ${candidate}.`;
    throw new ApiError("unknown-candidate", message, `Its candidates: ${names}.`);
  }
  return { run, candidate };
}
