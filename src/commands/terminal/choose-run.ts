import { CURRENT_RUN, type Run } from "../../model/run.ts";
import { CommandError } from "./command-io.ts";

const MAX_NAMES = 20;

/**
 * Chooses the newest run with an id or name, or the newest of all by default and for `current`.
 * @param runs newest first @param path of the store, for errors
 * @throws {CommandError} that lists the runs
 */
export function chooseRun(runs: readonly Run[], wanted: string | undefined, path: string): Run {
  const named = runs.find(({ id, name }) => id === wanted || name === wanted);
  const run = wanted === undefined || wanted === CURRENT_RUN ? (named ?? runs[0]) : named;
  if (run !== undefined) return run;
  if (runs.length === 0) throw new CommandError(`the store ${path} has no runs`);
  const known = runs.map(({ id, name }) => (id === name ? id : `${id} (${name})`));
  throw new CommandError(`unknown run ${wanted ?? ""}; runs, newest first: ${listNames(known)}`);
}

/**
 * The run that ended last, for a report while the current run is still empty: `run end` begins the next one at once.
 * @param runs newest first @param current the id of the empty run
 */
export function lastEnded<Known extends Pick<Run, "id" | "endedAt">>(
  runs: readonly Known[],
  current: string,
): Known | undefined {
  return runs
    .filter(({ id, endedAt }) => id !== current && endedAt !== null)
    .toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0))[0];
}

/** Chooses the named candidate, or the only one. @throws {CommandError} that lists the candidates */
export function chooseCandidate({ id, candidates }: Run, wanted: string | undefined): string {
  const [only] = candidates;
  if (wanted === undefined && candidates.length === 1 && only !== undefined) return only;
  const known = listNames(candidates);
  if (wanted === undefined)
    throw new CommandError(`run ${id} has several candidates; choose one with --candidate: ${known}`);
  if (!candidates.includes(wanted))
    throw new CommandError(`run ${id} has no candidate ${wanted}; candidates: ${known}`);
  return wanted;
}

function listNames(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
