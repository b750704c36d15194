import { memoizeLast } from "../lib/memoize.ts";
import type { FailureCount, RelationCount, StatusPairCount } from "../model/difference.ts";
import type { EndpointReport, FieldReport } from "../model/report.ts";
import { endpointKey } from "../presentation/order/endpoint-order.ts";
import type { OutcomeRow, TimeBlock } from "../store/store.ts";
import { failuresByRole, NO_FAILURES, withFailures } from "./causes/field-failures.ts";
import { rowRelations } from "./causes/field-relations.ts";
import { causeReports } from "./causes/cause-reports.ts";
import { groupHiddenCauses, type CauseContext, type CausesByEndpoint, type DecidedCause } from "./causes/run-causes.ts";
import { endpointContract } from "./contract/endpoint-contract.ts";
import { comparedCounts } from "./judge/accounting-totals.ts";
import { statusesByRole, statusFlips } from "./judge/error-rate.ts";
import { countFields, fieldKey, pairingOf } from "./judge/field-counts.ts";
import { fieldEvidences } from "./judge/field-evidence.ts";
import { fieldsBeyondNoise } from "./judge/unpaired-fields.ts";
import { judgeFields, reportFields, type JudgedField } from "./judge/field-verdicts.ts";
import type { JudgedEndpoint } from "./judge/judge-endpoint.ts";
import { rowsByEndpoint, type RunCounts } from "./read-counts.ts";
import type { HiddenFields, VisibleCounts } from "./rules/hide-fields.ts";

/** The results of the steps before. */
export interface EndpointSources {
  readonly counts: Pick<RunCounts, "outcomes" | "statuses" | "blocks" | "failures">;
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
  const [blocksOf, failuresOf] = [rowsByEndpoint(counts.blocks), rowsByEndpoint(counts.failures)];
  return endpoints.map((judged) => {
    const { route, endpoint } = judged.report;
    const key = endpointKey({ route, endpoint });
    const ownHidden = hidden.get(key) ?? null;
    return completeReport(judged, {
      subset,
      outcomes: outcomesOf.get(key) ?? NO_OUTCOMES,
      blocks: blocksOf.get(key) ?? NO_BLOCKS,
      statuses: statusesByRole(statusesOf.get(key) ?? NO_STATUSES).candidate,
      hidden: ownHidden,
      failures: failuresByRole(failuresOf.get(key) ?? NO_FAILURES).candidate,
      relations: causeContext.relations.get(key) ?? NO_RELATIONS,
      fieldBar,
      causes: causes.get(key)?.causes ?? NO_CAUSES,
      hiddenCauses: ownHidden === null ? NO_CAUSES : hiddenCauses({ route, endpoint }, ownHidden, causeContext),
    });
  });
}

const NO_OUTCOMES: readonly OutcomeRow[] = [];
const NO_BLOCKS: readonly TimeBlock[] = [];
const NO_STATUSES: readonly StatusPairCount[] = [];
const NO_RELATIONS: readonly RelationCount[] = [];
const NO_CAUSES: readonly DecidedCause[] = [];

/** Fields are grouped only with others that the same rule hides. */
function hiddenCauses(
  endpoint: { readonly route: string; readonly endpoint: string },
  { hidden, rules }: HiddenFields,
  context: CauseContext,
): readonly DecidedCause[] {
  return groupHiddenCauses({ ...endpoint, outcomes: hidden }, countFields(hidden), rules, context);
}

interface ReportInputs {
  readonly subset: string;
  /** As counted, before rules hide anything. */
  readonly outcomes: readonly OutcomeRow[];
  /** The same by time. */
  readonly blocks: readonly TimeBlock[];
  /** Status pairs of the candidate, as counted. */
  readonly statuses: readonly StatusPairCount[];
  /** Failures of the candidate. */
  readonly failures: readonly FailureCount[];
  readonly hidden: HiddenFields | null;
  readonly relations: readonly RelationCount[];
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
    const contract = endpointContract(inputs.relations, fields.values());
    return {
      ...report,
      ...(contract !== undefined && { contract }),
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
  { outcomes, blocks, failures, relations, fieldBar }: ReportInputs,
): ReadonlyMap<string, JudgedField> {
  const fields = countFields(hidden);
  const evidences = fieldEvidences(hidden, blocks);
  const related = rowRelations(hidden, relations);
  const beyondNoise = fieldsBeyondNoise({ outcomes: hidden, blocks, relations: related });
  const verdicts = judgeFields(fields, evidences, pairingOf(outcomes), fieldBar, { relations: related, beyondNoise });
  return withFailures(reportFields(fields, evidences, verdicts, comparedCounts(outcomes)), failures);
}

function withCauses(
  fields: ReadonlyMap<string, JudgedField>,
  rules: ReadonlyMap<string, string>,
  causes: readonly DecidedCause[],
): readonly FieldReport[] {
  const causeOfField = new Map<string, Pick<FieldReport, "relation" | "cause">>();
  for (const { signature, fields: own } of causes) {
    for (const field of own) causeOfField.set(fieldKey(field), { relation: field.relation, cause: signature });
  }
  return [...fields].map(([key, field]) => ({
    ...field,
    rule: rules.get(key) ?? null,
    ...(causeOfField.get(key) ?? NO_CAUSE),
  }));
}

const NO_CAUSE: Pick<FieldReport, "relation" | "cause"> = { relation: null, cause: "" };
