import { createCauseContext, type CauseContext } from "./causes/run-causes.ts";
import type { CandidateSource, ReportContext, RunCounts } from "./read-counts.ts";
import { readLateRules } from "./rules/hide-fields.ts";
import type { LateRules } from "./rules/rules-added-later.ts";

/** Everything that a judgment depends on: it reads nothing from the store. */
export interface CountsToJudge {
  readonly counts: RunCounts;
  readonly causeContext: CauseContext;
  /** What rules that were added after the comparison hide in the counts. */
  readonly late: LateRules;
}

/** Reads what depends on the counts. Call it in their snapshot. */
export async function readCountsToJudge(
  source: CandidateSource,
  counts: RunCounts,
  context: ReportContext,
): Promise<CountsToJudge> {
  const causeContext = createCauseContext(counts, context);
  return { counts, causeContext, late: await readLateRules(counts, causeContext.isProtected, source, context) };
}
