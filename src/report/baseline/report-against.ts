import type { Report } from "../../model/report.ts";
import type { Run } from "../../model/run.ts";
import type { StoreReader } from "../../store/store.ts";
import { buildReport } from "../build-report.ts";
import type { ReportContext } from "../read-counts.ts";
import { baselineOf } from "./run-baseline.ts";

/** A run cannot be the baseline of another. The message is a sentence that says why and what to do. */
export class BaselineError extends Error {
  override readonly name = "BaselineError";
}

/** What is compared. */
export interface BaselineSource {
  readonly run: Run;
  readonly baseline: Run;
  readonly candidate: string;
}

/**
 * The report of a run without what another run, the baseline, had already. The rules of the run and the reviews of today judge both.
 * @throws {BaselineError} if the baseline is the same run, had another candidate, or has compared nothing
 */
export async function reportAgainstBaseline(
  reader: StoreReader,
  { run, baseline, candidate }: BaselineSource,
  context: ReportContext,
): Promise<Report> {
  if (baseline.id === run.id) {
    throw new BaselineError(`The run ${nameOf(run)} cannot be its own baseline; choose an earlier run.`);
  }
  if (!baseline.candidates.includes(candidate)) {
    const candidates = baseline.candidates.join(", ") || "none";
    throw new BaselineError(
      `The run ${nameOf(baseline)} has no candidate ${candidate}, but: ${candidates}; choose a run with the same candidate.`,
    );
  }
  return reader.snapshot(async (snapshot) => {
    const rules = [...run.rules, ...(await snapshot.rules())];
    const before = await buildReport(snapshot, baseline, candidate, { ...context, rules });
    if (before.accounting.compared === 0) {
      throw new BaselineError(
        `The run ${nameOf(baseline)} has compared no response of ${candidate}; choose a run with traffic.`,
      );
    }
    return buildReport(snapshot, run, candidate, { ...context, baseline: baselineOf(before) });
  });
}

/** Where a baseline is searched: a name that the run shares with others, such as `nightly`, means one of the others. */
export function baselineChoices(runs: readonly Run[], { id, name }: Run, wanted: string): readonly Run[] {
  const others = runs.filter((run) => run.id !== id);
  const isOwn = wanted === id || (wanted === name && !others.some((run) => run.id === wanted || run.name === wanted));
  return isOwn ? runs : others;
}

function nameOf({ id, name }: Run): string {
  return id === name ? id : `${name} (${id})`;
}
