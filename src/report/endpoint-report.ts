import type { StatusPairCount } from "../model/difference.ts";
import type { EndpointReport, FieldReport } from "../model/report.ts";
import type { OutcomeRow } from "../store/store.ts";
import { comparedCounts } from "./judge/accounting-totals.ts";
import type { Hidden } from "./rules/hide-fields.ts";
import { causeReports, type CauseReview, type DecidedCause } from "./causes/decide-causes.ts";
import { statusFlips } from "./judge/error-rate.ts";
import type { JudgedEndpoint } from "./judge/judge-endpoint.ts";
import { countFields, judgeFields, pairingOf, reportFields, type JudgedField } from "./judge/field-verdicts.ts";
import { memoizeLast } from "../lib/memoize.ts";

interface EndpointSource {
  /** The candidate's subset. */
  readonly subset: string;
  /** Of the endpoint, as they were counted. */
  readonly outcomes: readonly OutcomeRow[];
  /** Of the endpoint and the candidate, as they were counted. */
  readonly statuses: readonly StatusPairCount[];
  readonly hidden: Hidden | null;
  /** ln E that a real field takes. */
  readonly bar: number;
}

/** A judged endpoint with its causes, and behind what counts the fields that rules take away. */
export function endpointReport(judged: JudgedEndpoint, source: EndpointSource, review: CauseReview): EndpointReport {
  const { hidden } = source;
  const causes = review.causesOf(judged.report);
  const hiddenCauses =
    hidden === null ? null : review.find(judged.report, hidden.hidden, countFields(hidden.hidden), hidden.rules);
  return reportOf(judged, { ...source, causes, hiddenCauses });
}

interface ReportSource extends EndpointSource {
  readonly causes: readonly DecidedCause[];
  readonly hiddenCauses: readonly DecidedCause[] | null;
}

const reportOf = memoizeLast(({ report, fields: shown }: JudgedEndpoint, source: ReportSource): EndpointReport => {
  const counts = comparedCounts(source.outcomes);
  const rules = source.hidden?.rules ?? NO_RULES;
  const fields = source.hidden === null ? shown : new Map([...shown, ...hiddenFields(source.hidden, source)]);
  const causes = [...source.causes, ...(source.hiddenCauses ?? [])];
  return {
    ...report,
    ...counts,
    statusFlips: statusFlips(source.statuses),
    causes: causeReports(causes, fields, rules, counts.compared),
    differences: withCauses(fields, rules, causes),
    subset: source.subset,
  };
});

const NO_RULES: ReadonlyMap<string, string> = new Map();

/** They are judged like others, and count for nothing. */
function hiddenFields({ hidden }: Hidden, { outcomes, bar }: EndpointSource): ReadonlyMap<string, JudgedField> {
  const fields = countFields(hidden);
  return reportFields(fields, judgeFields(fields, pairingOf(outcomes), bar), comparedCounts(outcomes));
}

function withCauses(
  fields: ReadonlyMap<string, JudgedField>,
  rules: ReadonlyMap<string, string>,
  causes: readonly DecidedCause[],
): readonly FieldReport[] {
  const found = new Map<string, Pick<FieldReport, "relation" | "cause">>();
  for (const { signature, fields: own, keys } of causes) {
    for (const [at, key] of keys.entries()) found.set(key, { relation: own[at]?.relation ?? null, cause: signature });
  }
  return [...fields].map(([key, field]) => {
    const { relation, cause } = found.get(key) ?? NO_CAUSE;
    return { ...field, rule: rules.get(key) ?? null, relation, cause };
  });
}

const NO_CAUSE: Pick<FieldReport, "relation" | "cause"> = { relation: null, cause: "" };
