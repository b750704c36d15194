import type { Run } from "../model/run.ts";
import type { StoreReader } from "../store/store.ts";
import { ApiError } from "./api-error.ts";

/** Which run and candidate a question names. */
export interface Selection {
  readonly run?: string | undefined;
  readonly candidate?: string | undefined;
}

/**
 * The run and candidate that are meant: by default the current run, and its candidate when there is only one. The current
 * run is known before the store has heard of it.
 * @throws ApiError 404 for an unknown run or candidate, 400 when a candidate must be named
 */
export function selected(reader: StoreReader, current: Run, selection: Selection): { run: Run; candidate: string } {
  const { run: runId = current.id } = selection;
  const isMeant = ({ id, name }: Run): boolean => id === runId || name === runId;
  const run = isMeant(current) ? current : reader.runs().find(isMeant);
  if (run === undefined) {
    throw new ApiError("unknown-run", `There is no run ${runId}.`, "GET /api/v1/runs lists the runs.");
  }
  const names = run.candidates.join(", ") || "none";
  const candidate = selection.candidate ?? (run.candidates.length === 1 ? run.candidates[0] : undefined);
  if (candidate === undefined) {
    throw new ApiError("candidate-needed", `The candidates of this run: ${names}.`, "Name one: ?candidate=<name>.");
  }
  if (!run.candidates.includes(candidate)) {
    const message = `Run ${run.id} has no candidate ${candidate}.`;
    throw new ApiError("unknown-candidate", message, `The candidates of this run: ${names}.`);
  }
  return { run, candidate };
}
