import type { ChangeEffect } from "../../model/views/change-preview.ts";
import type { Review } from "../../model/review.ts";
import type { Rule } from "../../model/rule.ts";
import type { Run } from "../../model/run.ts";
import { runRelations } from "../causes/field-relations.ts";
import { applyReviews } from "../causes/apply-reviews.ts";
import { groupRunCauses, type CausesByEndpoint } from "../causes/run-causes.ts";
import { type CountsToJudge, readCountsToJudge } from "../counts-to-judge.ts";
import { accountingOf } from "../judge/accounting-totals.ts";
import { isSelfCheck } from "../judge/cautions.ts";
import { statusesByRole } from "../judge/error-rate.ts";
import { separateFeatures } from "../judge/feature-verdicts.ts";
import { judgeRunFields } from "../judge/field-verdicts.ts";
import { judgeCandidate } from "../judge/judge-candidate.ts";
import { countAgainstParity } from "../judge/parity-counts.ts";
import { readCounts, type CandidateSource, type ReportContext, type RunCounts } from "../read-counts.ts";
import { hideFields, type VisibleCounts } from "../rules/hide-fields.ts";

/** A change that is not stored yet. */
export interface Change {
  /** Applied after all other rules; each has an id of its own. */
  readonly rules: readonly Rule[];
  /** Replace those with the same signature. */
  readonly reviews: readonly Review[];
}

/** The report before or after a change, as far as a preview shows it. */
export interface JudgedReport {
  readonly visible: VisibleCounts;
  readonly causes: CausesByEndpoint;
  /** Compared exchanges that count against parity. */
  readonly counting: number;
  readonly verdict: ChangeEffect["verdict"]["before"];
}

export interface JudgedChange {
  readonly before: JudgedReport;
  readonly after: JudgedReport;
  readonly effect: Pick<ChangeEffect, "counting" | "verdict">;
}

/** Judges the run as it is and as it would be after a change. The cost is that of two reports. */
export async function judgeChange(
  { reader, run, candidate }: CandidateSource,
  change: Change,
  context: ReportContext,
): Promise<JudgedChange> {
  const read = await reader.snapshot(async (snapshot) => {
    const source = { reader: snapshot, run, candidate };
    const counts = await readCounts(source, context);
    const changed = applyChange(counts, change);
    return {
      before: await readCountsToJudge(source, counts, context),
      after: await readCountsToJudge(source, changed, context),
    };
  });
  const before = judge(run, read.before, context.now);
  const after = judge(run, read.after, context.now);
  return {
    before,
    after,
    effect: {
      counting: { before: before.counting, after: after.counting },
      verdict: { before: before.verdict, after: after.verdict },
    },
  };
}

function applyChange(counts: RunCounts, { rules, reviews }: Change): RunCounts {
  const replaced = new Set(reviews.map(({ signature }) => signature));
  const kept = counts.reviews.filter(({ signature }) => !replaced.has(signature));
  return { ...counts, rules: [...counts.rules, ...rules], reviews: [...kept, ...reviews] };
}

function judge(run: Run, { counts, causeContext, late }: CountsToJudge, now: number): JudgedReport {
  const visible = hideFields(counts, causeContext.isProtected, late, now);
  const relations = runRelations(visible.outcomes, counts.relations, isSelfCheck(run));
  const fields = judgeRunFields(visible.outcomes, visible.blocks, relations);
  const causes = groupRunCauses(fields, causeContext);
  const reviewed = applyReviews(fields, causes);
  const accounting = accountingOf(counts.accounting, counts.outcomes, run.endedAt !== null);
  const statuses = visible.statuses.map((each) => ({ ...each, rows: statusesByRole(each.rows).candidate }));
  const judged = judgeCandidate(
    { ...counts, accounting, hasSecondary: run.secondary !== null, statuses },
    reviewed,
    run.gate,
  );
  const counting = reviewed.endpoints.map(
    ({ outcomes, effective, ownVerdicts, features }) =>
      countAgainstParity(outcomes, separateFeatures(effective, ownVerdicts, features).verdicts).counting,
  );
  return { visible, causes, counting: counting.reduce((sum, count) => sum + count, 0), verdict: judged.verdict };
}
