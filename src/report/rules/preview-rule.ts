import { matchesEndpoint, matchesPath } from "../../compare/rules/rule-match.ts";
import type { RulePreview, Rule } from "../../model/rule.ts";
import type { Run } from "../../model/run.ts";
import type { StoreReader } from "../../store/store.ts";
import { accountingOf } from "../judge/accounting-totals.ts";
import { actsOnReports, Hiding } from "./hide-fields.ts";
import { readCounted, type CountedRun, type ReportContext } from "../read-counts.ts";
import { judgedRun, type JudgedRun } from "../judge/judge-candidate.ts";
import { overBroad } from "./over-broad-rules.ts";
import { formatField } from "../../presentation/difference-words.ts";

/**
 * What a rule would do to the report of now if it were entered on top of all others.
 * @param rule as it would be entered; its id is no other rule's
 */
export function previewRule(
  reader: StoreReader,
  run: Run,
  candidate: string,
  rule: Rule,
  context: ReportContext,
): RulePreview {
  return reader.snapshot(() => {
    const before = readCounted(reader, run, candidate, context);
    const after = readCounted(reader, run, candidate, { ...context, rules: [...before.rules, rule] });
    const taken = takenAway(before, after, rule);
    const past = after.past.get(rule.id);
    const [judgedBefore, judgedAfter] = [judged(before, run), judged(after, run)];
    return {
      exchanges: taken.reduce((sum, { exchanges }) => sum + exchanges, 0),
      noLongerCounting: countingOf(judgedBefore) - countingOf(judgedAfter),
      endpoints: taken,
      denied: deniedCauses(before, judgedBefore, rule),
      basis: actsOnReports(rule) ? { type: "exact" } : { type: "samples", ...(past ?? { samples: 0, explained: 0 }) },
      overBroad: overBroad(rule),
    };
  });
}

/** Exchanges in which a rule takes something away that counted before, per endpoint, the most first. */
function takenAway(before: CountedRun, after: CountedRun, rule: Rule): RulePreview["endpoints"] {
  const endpoints = new Map<string, { exchanges: number; readonly fields: Set<string> }>();
  for (const { endpoint, fields, count } of before.visible.flatMap(({ rows }) => rows)) {
    const gone = fields.filter((field) => field.mark !== "noise" && after.ruleOf(endpoint, field) === rule.id);
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

/** Differences alone: latency and errors are not asked for. */
function judged({ visible, outcomes, review }: CountedRun, run: Run): JudgedRun {
  const accounting = accountingOf([], outcomes);
  const rows = { accounting, outcomes: visible, latencies: [], pairs: [], statuses: [] };
  return judgedRun({ ...rows, hasSecondary: run.secondary !== null }, run.gate, review.weigh);
}

function countingOf({ endpoints }: JudgedRun): number {
  return endpoints.reduce((sum, { counting }) => sum + counting, 0);
}

/** Causes that somebody denied and the rule names: it cannot take them away, whoever enters it should know. */
function deniedCauses(before: CountedRun, { endpoints }: JudgedRun, rule: Rule): RulePreview["denied"] {
  const hiding = new Hiding([rule], () => false);
  return endpoints.flatMap(({ report }) =>
    before.review
      .causesOf(report)
      .filter(({ state, fields }) => {
        const names = (field: (typeof fields)[number]): boolean =>
          actsOnReports(rule)
            ? hiding.ruleOf(report.endpoint, field) !== null
            : matchesEndpoint(rule.endpoint, report.endpoint) && matchesPath(rule, field);
        return state === "denied" && fields.some(names);
      })
      .map(({ title }) => ({ endpoint: report.endpoint, title })),
  );
}
