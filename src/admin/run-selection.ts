import { CURRENT_RUN, type Run } from "../model/run.ts";
import type { StoreReader } from "../store/store.ts";
import { baselineChoices } from "../report/baseline/report-against.ts";
import { ApiError } from "./api-error.ts";

/** The run and the candidate in a query string. */
export interface RunSelection {
  readonly run?: string | undefined;
  readonly candidate?: string | undefined;
}

/**
 * Resolves a selection. Defaults: the current run, which `current` names too, and its candidate if there is only one. The
 * current run is available before the store has recorded it.
 * @throws ApiError 404 for an unknown run or candidate, 400 if the run has several candidates and none is named
 */
export async function selectRun(
  reader: StoreReader,
  current: Run,
  selection: RunSelection,
): Promise<{ run: Run; candidate: string }> {
  const run = await selectAnyRun(reader, current, selection.run);
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

/** The run of an id or a name, whatever its candidates. @param wanted default: the current run @throws ApiError 404 */
export async function selectAnyRun(reader: StoreReader, current: Run, wanted = current.id): Promise<Run> {
  const isWanted = isNamed(wanted);
  const run = isWanted(current) ? current : (await reader.runs()).find(isWanted);
  return run ?? (wanted === CURRENT_RUN ? current : unknownRun(wanted));
}

/** The run that another one is compared with. @param wanted id or name @throws ApiError 404 if there is no such run */
export async function selectBaseline(reader: StoreReader, run: Run, wanted: string): Promise<Run> {
  return baselineChoices(await reader.runs(), run, wanted).find(isNamed(wanted)) ?? unknownRun(wanted);
}

function isNamed(wanted: string): (run: Run) => boolean {
  return ({ id, name }) => id === wanted || name === wanted;
}

function unknownRun(wanted: string): never {
  throw new ApiError("unknown-run", `There is no run ${wanted}.`, "GET /api/v1/runs lists the runs.");
}
