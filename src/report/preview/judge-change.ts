import type { ChangeEffect } from "../../model/views/change-preview.ts";
import type { Review } from "../../model/review.ts";
import type { Rule } from "../../model/rule.ts";
import { runRelations } from "../causes/field-relations.ts";
import { applyReviews, createCauseContext, groupRunCauses, type CausesByEndpoint } from "../causes/run-causes.ts";
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
export function judgeChange(source: CandidateSource, change: Change, context: ReportContext): JudgedChange {
  return source.reader.snapshot(() => {
    const counts = readCounts(source, context);
    const replaced = new Set(change.reviews.map(({ signature }) => signature));
    const reviews = counts.reviews.filter(({ signature }) => !replaced.has(signature));
    const before = judge(source, counts, context);
    const after = judge(
      source,
      { ...counts, rules: [...counts.rules, ...change.rules], reviews: [...reviews, ...change.reviews] },
      context,
    );
    return {
      before,
      after,
      effect: {
        counting: { before: before.counting, after: after.counting },
        verdict: { before: before.verdict, after: after.verdict },
      },
    };
  });
}

function judge(source: CandidateSource, counts: RunCounts, context: ReportContext): JudgedReport {
  const { run } = source;
  const causeContext = createCauseContext(counts, context.now);
  const visible = hideFields(counts, causeContext.isProtected, source, context);
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
