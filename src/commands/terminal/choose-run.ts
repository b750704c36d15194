import type { Run } from "../../model/run.ts";
import { CommandError } from "./report-error.ts";

const MAX_LISTED = 20;

/**
 * The newest run, or the newest with this id or name.
 * @param runs newest first @param path of their store
 * @throws {CommandError} that lists what there is
 */
export function chooseRun(runs: readonly Run[], wanted: string | undefined, path: string): Run {
  const run = wanted === undefined ? runs[0] : runs.find(({ id, name }) => id === wanted || name === wanted);
  if (run !== undefined) return run;
  if (runs.length === 0) throw new CommandError(`the store ${path} has no run yet`);
  const known = runs.map(({ id, name }) => (id === name ? id : `${id} (${name})`));
  throw new CommandError(`there is no run ${wanted ?? ""}; known, newest first: ${listed(known)}`);
}

/** The candidate that is named, or the only one. @throws {CommandError} that lists what there is */
export function chooseCandidate({ id, candidates }: Run, wanted: string | undefined): string {
  const [only] = candidates;
  if (wanted === undefined && candidates.length === 1 && only !== undefined) return only;
  const known = listed(candidates);
  if (wanted === undefined)
    throw new CommandError(`run ${id} has several candidates, name one with --candidate: ${known}`);
  if (!candidates.includes(wanted)) throw new CommandError(`run ${id} has no candidate ${wanted}; it has: ${known}`);
  return wanted;
}

function listed(names: readonly string[]): string {
  const rest = names.length - MAX_LISTED;
  return names.slice(0, MAX_LISTED).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
