import { memoizeLast } from "../lib/memoize.ts";
import type { StatusPairCount } from "../model/difference.ts";
import type { EndpointReport, FieldReport } from "../model/report.ts";
import { endpointKey } from "../presentation/endpoint-order.ts";
import type { OutcomeRow } from "../store/store.ts";
import { causeReports } from "./causes/cause-reports.ts";
import { groupCauses, type CauseContext, type CausesByEndpoint, type DecidedCause } from "./causes/run-causes.ts";
import { comparedCounts } from "./judge/accounting-totals.ts";
import { statusesByRole, statusFlips } from "./judge/error-rate.ts";
import { countFields, pairingOf } from "./judge/field-counts.ts";
import { judgeFields, reportFields, type JudgedField } from "./judge/field-verdicts.ts";
import type { JudgedEndpoint } from "./judge/judge-endpoint.ts";
import { rowsByEndpoint, type RunCounts } from "./read-counts.ts";
import type { HiddenFields, VisibleCounts } from "./rules/hide-fields.ts";

/** The results of the steps before. */
export interface EndpointSources {
  readonly counts: Pick<RunCounts, "outcomes" | "statuses">;
  readonly hidden: VisibleCounts["hidden"];
  readonly causes: CausesByEndpoint;
  readonly causeContext: CauseContext;
  /** The evidence that makes a field real: ln E. */
  readonly fieldBar: number;
  /** The candidate's subset. */
  readonly subset: string;
}

/** Completes judged endpoints: raw counts, causes, and after the visible fields those that rules hide. */
export function endpointReports(
  endpoints: readonly JudgedEndpoint[],
  { counts, hidden, causes, causeContext, fieldBar, subset }: EndpointSources,
): readonly EndpointReport[] {
  const [outcomesOf, statusesOf] = [rowsByEndpoint(counts.outcomes), rowsByEndpoint(counts.statuses)];
  return endpoints.map((judged) => {
    const { route, endpoint } = judged.report;
    const key = endpointKey({ route, endpoint });
    const ownHidden = hidden.get(key) ?? null;
    return completeReport(judged, {
      subset,
      outcomes: outcomesOf.get(key) ?? NO_OUTCOMES,
      statuses: statusesByRole(statusesOf.get(key) ?? NO_STATUSES).candidate,
      hidden: ownHidden,
      fieldBar,
      causes: causes.get(key)?.causes ?? NO_CAUSES,
      hiddenCauses: ownHidden === null ? NO_CAUSES : hiddenCauses({ route, endpoint }, ownHidden, causeContext),
    });
  });
}

const NO_OUTCOMES: readonly OutcomeRow[] = [];
const NO_STATUSES: readonly StatusPairCount[] = [];
const NO_CAUSES: readonly DecidedCause[] = [];

/** Fields are grouped only with others that the same rule hides. */
function hiddenCauses(
  endpoint: { readonly route: string; readonly endpoint: string },
  { hidden, rules }: HiddenFields,
  context: CauseContext,
): readonly DecidedCause[] {
  return groupCauses({ ...endpoint, outcomes: hidden }, countFields(hidden), rules, context);
}

interface ReportInputs {
  readonly subset: string;
  /** As counted, before rules hide anything. */
  readonly outcomes: readonly OutcomeRow[];
  /** Status pairs of the candidate, as counted. */
  readonly statuses: readonly StatusPairCount[];
  readonly hidden: HiddenFields | null;
  readonly fieldBar: number;
  readonly causes: readonly DecidedCause[];
  readonly hiddenCauses: readonly DecidedCause[];
}

const completeReport = memoizeLast(
  ({ report, fields: visible }: JudgedEndpoint, inputs: ReportInputs): EndpointReport => {
    const counts = comparedCounts(inputs.outcomes);
    const rules = inputs.hidden?.rules ?? NO_RULES;
    const fields = inputs.hidden === null ? visible : new Map([...visible, ...hiddenFields(inputs.hidden, inputs)]);
    const causes = [...inputs.causes, ...inputs.hiddenCauses];
    return {
      ...report,
      ...counts,
      statusFlips: statusFlips(inputs.statuses),
      causes: causeReports(causes, fields, rules, counts.compared),
      differences: withCauses(fields, rules, causes),
      subset: inputs.subset,
    };
  },
);

const NO_RULES: ReadonlyMap<string, string> = new Map();

/** Hidden fields are judged like others, but do not count. */
function hiddenFields(
  { hidden }: HiddenFields,
  { outcomes, fieldBar }: ReportInputs,
): ReadonlyMap<string, JudgedField> {
  const fields = countFields(hidden);
  return reportFields(fields, judgeFields(fields, pairingOf(outcomes), fieldBar), comparedCounts(outcomes));
}

function withCauses(
  fields: ReadonlyMap<string, JudgedField>,
  rules: ReadonlyMap<string, string>,
  causes: readonly DecidedCause[],
): readonly FieldReport[] {
  const causeOfField = new Map<string, Pick<FieldReport, "relation" | "cause">>();
  for (const { signature, fields: own, keys } of causes) {
    for (const [at, key] of keys.entries()) {
      causeOfField.set(key, { relation: own[at]?.relation ?? null, cause: signature });
    }
  }
  return [...fields].map(([key, field]) => ({
    ...field,
    rule: rules.get(key) ?? null,
    ...(causeOfField.get(key) ?? NO_CAUSE),
  }));
}

const NO_CAUSE: Pick<FieldReport, "relation" | "cause"> = { relation: null, cause: "" };
