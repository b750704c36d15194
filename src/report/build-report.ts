import { REPORT_VERSION, type EndpointReport, type Report } from "../model/report.ts";
import type { Run } from "../model/run.ts";
import type { StoreReader } from "../store/store.ts";
import { worseReasons } from "./baseline/baseline-fields.ts";
import { knownDifferences } from "./baseline/known-differences.ts";
import { baselineReport, gateWithBaseline } from "./baseline/run-baseline.ts";
import { MAX_GROUPED_FIELDS } from "./causes/coinciding-fields.ts";
import { applyReviews } from "./causes/apply-reviews.ts";
import { groupRunCauses } from "./causes/run-causes.ts";
import { deniedReasons } from "./causes/denied-causes.ts";
import { runContract } from "./contract/run-contract.ts";
import { readCountsToJudge } from "./counts-to-judge.ts";
import { endpointReports } from "./endpoint-report.ts";
import { cautions, isSelfCheck, lossReason } from "./judge/cautions.ts";
import { accountingOf } from "./judge/accounting-totals.ts";
import { statusesByRole } from "./judge/error-rate.ts";
import { judgeRunFields } from "./judge/field-verdicts.ts";
import { runRelations } from "./causes/field-relations.ts";
import { judgeCandidate } from "./judge/judge-candidate.ts";
import { judgePlacebo } from "./judge/placebo.ts";
import { readCounts, type ReportContext } from "./read-counts.ts";
import { hideFields, hitsByRule } from "./rules/hide-fields.ts";
import { suggestPresets } from "./rules/preset-suggestions.ts";
import { ruleReports } from "./rules/rule-report.ts";

/**
 * The report of one candidate: its counts, judged by the gate of the run under the current rules and reviews. Costs a few
 * queries whose size depends on endpoints and distinct differences, not on traffic, and a bounded number of kept exchanges that
 * are compared again if rules were added after the comparison.
 * @param run from the store or from the running program, which may not have stored anything yet
 * @param candidate the subset's name
 */
export async function buildReport(
  reader: StoreReader,
  run: Run,
  candidate: string,
  context: ReportContext,
): Promise<Report> {
  const { counts, causeContext, late } = await reader.snapshot(async (snapshot) => {
    const source = { reader: snapshot, run, candidate };
    return readCountsToJudge(source, await readCounts(source, context), context);
  });
  const hasSecondary = run.secondary !== null;
  const visible = hideFields(counts, causeContext.isProtected, late, context.now);
  const relations = runRelations(visible.outcomes, counts.relations, isSelfCheck(run));
  const fields = judgeRunFields(visible.outcomes, visible.blocks, relations);
  const causes = groupRunCauses(fields, causeContext);
  const accounting = accountingOf(counts.accounting, counts.outcomes, run.endedAt !== null);
  const statuses = visible.statuses.map((each) => ({ ...each, rows: statusesByRole(each.rows).candidate }));
  const { baseline } = context;
  const reviewed = applyReviews(fields, causes);
  const known = knownDifferences(reviewed, causes, statuses);
  const judged = judgeCandidate(
    { ...counts, accounting, hasSecondary, statuses, known: known.differed },
    reviewed,
    baseline === undefined ? run.gate : gateWithBaseline(run.gate, baseline),
  );
  // The second copy of a self-check is sent later than the candidate's, so it is no candidate of the same kind.
  const placebo =
    hasSecondary && !isSelfCheck(run) ? judgePlacebo({ ...counts, ...visible, relations }, run.gate) : null;

  const allFields = endpointReports(judged.endpoints, {
    counts,
    hidden: visible.hidden,
    causes,
    causeContext,
    fieldBar: fields.bar,
    subset: candidate,
  });
  const endpoints = allFields.map((each) => ({
    ...each,
    differences: each.differences.slice(0, MAX_GROUPED_FIELDS),
  }));
  const contract = runContract(run.gate, endpoints);
  const rules = ruleReports(counts.rules, {
    run,
    now: context.now,
    hits: hitsByRule(visible),
    comparisonHits: counts.ruleHits,
    lateRules: visible.lateRules,
    endpoints,
  });
  return {
    version: REPORT_VERSION,
    run: { id: run.id, name: run.name, startedAt: run.startedAt, endedAt: run.endedAt, labels: run.labels },
    candidate,
    ...(baseline !== undefined && { baseline: baselineReport(baseline, endpoints, known) }),
    gate: run.gate,
    accounting,
    ...judged,
    reasons: [
      ...judged.reasons,
      ...(baseline === undefined ? [] : worseReasons(endpoints, baseline)),
      ...deniedReasons(endpoints, visible.rulesInForce),
      ...cautions(endpoints, run),
      ...counts.lostReplicas.map(lossReason),
    ],
    ...(counts.lostReplicas.length > 0 && { lostReplicas: counts.lostReplicas }),
    placebo,
    explanationPlacebo: null,
    rules,
    suggestions: suggestPresets(endpoints),
    ...(contract !== undefined && { contract }),
    overflow: { ...judged.overflow, fields: fieldCount(allFields) - fieldCount(endpoints) },
    endpoints,
  };
}

function fieldCount(endpoints: readonly EndpointReport[]): number {
  return endpoints.reduce((sum, { differences }) => sum + differences.length, 0);
}
