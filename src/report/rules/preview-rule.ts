import { matchesEndpoint, matchesPath } from "../../compare/rules/rule-match.ts";
import type { CauseField } from "../../model/review.ts";
import type { Rule, RulePreview } from "../../model/rule.ts";
import type { Run } from "../../model/run.ts";
import { formatField } from "../../presentation/words/difference-words.ts";
import type { StoreReader } from "../../store/store.ts";
import { createCauseContext, applyReviews, groupRunCauses, type CausesByEndpoint } from "../causes/run-causes.ts";
import { isSelfCheck } from "../judge/cautions.ts";
import { separateFeatures } from "../judge/feature-verdicts.ts";
import { runRelations } from "../causes/field-relations.ts";
import { judgeRunFields } from "../judge/field-verdicts.ts";
import { countAgainstParity } from "../judge/parity-counts.ts";
import { readCounts, type ReportContext } from "../read-counts.ts";
import { actsOnReports, createRuleFinder } from "./find-hiding-rule.ts";
import { hideFields, type VisibleCounts } from "./hide-fields.ts";
import { overBroad } from "./over-broad-rules.ts";

/** The report before or after the rule, as far as a preview shows it. */
interface PreviewedReport {
  readonly visible: VisibleCounts;
  readonly causes: CausesByEndpoint;
  /** Compared exchanges that count against parity. */
  readonly counting: number;
}

/**
 * What a rule would change in the current report if it were added after all others.
 * @param rule not stored yet; its id is unique
 */
export function previewRule(
  reader: StoreReader,
  run: Run,
  candidate: string,
  rule: Rule,
  context: ReportContext,
): Omit<RulePreview, "warnings"> {
  return reader.snapshot(() => {
    const source = { reader, run, candidate };
    const counts = readCounts(source, context);
    const causeContext = createCauseContext(counts, context.now);
    const judge = (rules: readonly Rule[]): PreviewedReport => {
      const visible = hideFields({ ...counts, rules }, causeContext.isProtected, source, context);
      const fields = judgeRunFields(
        visible.outcomes,
        visible.blocks,
        runRelations(visible.outcomes, counts.relations, isSelfCheck(run)),
      );
      const causes = groupRunCauses(fields, causeContext);
      const counting = applyReviews(fields, causes).endpoints.map(
        ({ outcomes, effective, ownVerdicts, features }) =>
          countAgainstParity(outcomes, separateFeatures(effective, ownVerdicts, features).verdicts).counting,
      );
      return { visible, causes, counting: counting.reduce((sum, count) => sum + count, 0) };
    };
    const before = judge(counts.rules);
    const after = judge([...counts.rules, rule]);
    const hidden = newlyHidden(before, after, rule);
    return {
      exchanges: hidden.reduce((sum, { exchanges }) => sum + exchanges, 0),
      // Never less than none: the preview of a rule compares again what the reports before it had compared step by step.
      noLongerCounting: Math.max(0, before.counting - after.counting),
      endpoints: hidden,
      denied: deniedCauses(before, rule),
      basis: actsOnReports(rule)
        ? { type: "exact" }
        : { type: "samples", ...(after.visible.lateRules.get(rule.id) ?? { samples: 0, explained: 0 }) },
      overBroad: overBroad(rule),
    };
  });
}

/** Exchanges in which the rule hides something that counted before, per endpoint, most exchanges first. */
function newlyHidden(before: PreviewedReport, after: PreviewedReport, rule: Rule): RulePreview["endpoints"] {
  const endpoints = new Map<string, { exchanges: number; readonly fields: Set<string> }>();
  for (const { endpoint, fields, count } of before.visible.outcomes.flatMap(({ rows }) => rows)) {
    const gone = fields.filter(
      (field) => field.mark !== "noise" && after.visible.findRule(endpoint, field) === rule.id,
    );
    if (gone.length === 0) continue;
    const known = endpoints.get(endpoint) ?? { exchanges: 0, fields: new Set<string>() };
    known.exchanges += count;
    for (const field of gone) known.fields.add(`${formatField(field)} (${field.kind})`);
    endpoints.set(endpoint, known);
  }
  return [...endpoints]
    .map(([endpoint, { exchanges, fields }]) => ({ endpoint, exchanges, fields: [...fields].toSorted() }))
    .toSorted((a, b) => b.exchanges - a.exchanges || (a.endpoint < b.endpoint ? -1 : 1));
}

/** Denied causes that the rule matches: it cannot hide them, and its author should know. */
function deniedCauses({ causes }: PreviewedReport, rule: Rule): RulePreview["denied"] {
  const findRule = createRuleFinder([rule], () => false);
  const matches = (endpoint: string, field: CauseField): boolean =>
    actsOnReports(rule)
      ? findRule(endpoint, field) !== null
      : matchesEndpoint(rule.endpoint, endpoint) && matchesPath(rule, field);
  return [...causes.values()].flatMap(({ endpoint, causes: own }) =>
    own
      .filter(({ state, fields }) => state === "denied" && fields.some((field) => matches(endpoint, field)))
      .map(({ title }) => ({ endpoint, title })),
  );
}
