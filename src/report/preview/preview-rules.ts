import { matchesEndpoint, matchesPath } from "../../compare/rules/rule-match.ts";
import type { RulePreview } from "../../model/views/change-preview.ts";
import type { CauseField } from "../../model/review.ts";
import type { Rule } from "../../model/rule.ts";
import { formatField, kindWords } from "../../presentation/words/difference-words.ts";
import type { CandidateSource, ReportContext } from "../read-counts.ts";
import { actsOnReports, createRuleFinder } from "../rules/find-hiding-rule.ts";
import { overBroad } from "../rules/over-broad-rules.ts";
import { judgeChange, type JudgedReport } from "./judge-change.ts";

/**
 * What rules would change in the current report if they were added after all others.
 * @param rules not stored yet; each has an id of its own
 */
export async function previewRules(
  source: CandidateSource,
  rules: readonly Rule[],
  context: ReportContext,
): Promise<Omit<RulePreview, "warnings">> {
  const { before, after, effect } = await judgeChange(source, { rules, reviews: [] }, context);
  const { endpoints, differences } = newlyHidden(before, after, new Set(rules.map(({ id }) => id)));
  return {
    exchanges: endpoints.reduce((sum, { exchanges }) => sum + exchanges, 0),
    differences,
    // Never less than none: the preview of a rule compares again what the reports before it had compared step by step.
    noLongerCounting: Math.max(0, before.counting - after.counting),
    ...effect,
    endpoints,
    denied: deniedCauses(before, rules),
    basis: basisOf(after, rules),
    overBroad: rules.map(overBroad).find((reason) => reason !== null) ?? null,
  };
}

/** Exchanges in which the rules hide something that counted before, per endpoint, most exchanges first. */
function newlyHidden(
  before: JudgedReport,
  after: JudgedReport,
  ids: ReadonlySet<string>,
): Pick<RulePreview, "endpoints" | "differences"> {
  const endpoints = new Map<string, { exchanges: number; readonly fields: Set<string> }>();
  let differences = 0;
  for (const { endpoint, fields, count } of before.visible.outcomes.flatMap(({ rows }) => rows)) {
    const gone = fields.filter(
      (field) => field.mark !== "noise" && ids.has(after.visible.findRule(endpoint, field) ?? ""),
    );
    if (gone.length === 0) continue;
    const known = endpoints.get(endpoint) ?? { exchanges: 0, fields: new Set<string>() };
    known.exchanges += count;
    differences += count * gone.length;
    for (const field of gone) known.fields.add(`${formatField(field)} (${kindWords(field.kind)})`);
    endpoints.set(endpoint, known);
  }
  const sorted = [...endpoints]
    .map(([endpoint, { exchanges, fields }]) => ({ endpoint, exchanges, fields: [...fields].toSorted() }))
    .toSorted((a, b) => b.exchanges - a.exchanges || (a.endpoint < b.endpoint ? -1 : 1));
  return { endpoints: sorted, differences };
}

/** Denied causes that the rules match: they cannot hide them, and their author should know. */
function deniedCauses({ causes }: JudgedReport, rules: readonly Rule[]): RulePreview["denied"] {
  const findRule = createRuleFinder(rules, () => false);
  const comparing = rules.filter((rule) => !actsOnReports(rule));
  const matches = (endpoint: string, field: CauseField): boolean =>
    findRule(endpoint, field) !== null ||
    comparing.some((rule) => matchesEndpoint(rule.endpoint, endpoint) && matchesPath(rule, field));
  return [...causes.values()].flatMap(({ endpoint, causes: own }) =>
    own
      .filter(({ state, fields }) => state === "denied" && fields.some((field) => matches(endpoint, field)))
      .map(({ title }) => ({ endpoint, title })),
  );
}

/** Exact if every rule acts on reports; otherwise the stored samples that were compared again, of all rules together. */
function basisOf({ visible }: JudgedReport, rules: readonly Rule[]): RulePreview["basis"] {
  if (rules.every(actsOnReports)) return { type: "exact" };
  const reports = rules.flatMap(({ id }) => visible.lateRules.get(id) ?? []);
  return {
    type: "samples",
    samples: reports.reduce((sum, { samples }) => sum + samples, 0),
    explained: reports.reduce((sum, { explained }) => sum + explained, 0),
  };
}
