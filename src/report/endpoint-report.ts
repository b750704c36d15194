import type { StatusPairCount } from "../model/difference.ts";
import type { EndpointReport, FieldReport } from "../model/report.ts";
import type { OutcomeRow } from "../store/store.ts";
import { comparedCounts } from "./accounting.ts";
import { noRule } from "./apply-rules.ts";
import { causeReports, type DecidedCause } from "./cause-review.ts";
import type { CountedRun } from "./counted-run.ts";
import { statusFlips } from "./error-rate.ts";
import type { JudgedEndpoint } from "./judged-endpoint.ts";
import { countFields, fieldKey, judgeFields, pairingOf, reportFields, type JudgedField } from "./noise.ts";

interface EndpointSource extends Pick<CountedRun, "ruleOf" | "review"> {
  /** Of the endpoint, as they were counted. */
  readonly outcomes: readonly OutcomeRow[];
  /** Of the endpoint and the candidate, as they were counted. */
  readonly statuses: readonly StatusPairCount[];
  /** ln E that a real field takes. */
  readonly bar: number;
}

/** A judged endpoint with its causes, and behind what counts the fields that rules take away. */
export function endpointReport(judged: JudgedEndpoint, source: EndpointSource): Omit<EndpointReport, "subset"> {
  const { report } = judged;
  const hidden = hiddenFields(report, source);
  const counts = comparedCounts(source.outcomes);
  const fields = [...report.differences.map((field) => ({ ...field, rule: null })), ...hidden.fields];
  const causes = causeReports([...source.review.causesOf(report), ...hidden.causes], fields, counts.compared);
  return {
    ...report,
    ...counts,
    statusFlips: statusFlips(source.statuses),
    causes,
    differences: withCauses(fields, causes),
  };
}

interface HiddenFields {
  readonly fields: readonly (JudgedField & Pick<FieldReport, "rule">)[];
  readonly causes: readonly DecidedCause[];
}

/** They are judged like others, and count for nothing. */
function hiddenFields(
  place: Pick<EndpointReport, "endpoint" | "route">,
  { outcomes, ruleOf, review, bar }: EndpointSource,
): HiddenFields {
  if (ruleOf === noRule) return { fields: [], causes: [] };
  const rules = new Map<string, string>();
  const rows = outcomes.map((row) => {
    const fields = row.fields.filter((field) => {
      const rule = ruleOf(place.endpoint, field);
      if (rule !== null) rules.set(fieldKey(field), rule);
      return rule !== null;
    });
    return { ...row, fields };
  });
  if (rules.size === 0) return { fields: [], causes: [] };
  const counts = comparedCounts(outcomes);
  const fields = countFields(rows);
  const verdicts = judgeFields(fields, pairingOf(outcomes), bar);
  const ruleOfKey = (key: string): string => rules.get(key) ?? "";
  return {
    fields: reportFields(fields, verdicts, counts).map((field) => ({ ...field, rule: ruleOfKey(fieldKey(field)) })),
    causes: review.find(place, rows, fields, ruleOfKey),
  };
}

function withCauses(
  fields: readonly (JudgedField & Pick<FieldReport, "rule">)[],
  causes: EndpointReport["causes"],
): readonly FieldReport[] {
  const found = new Map(
    causes.flatMap(({ signature, fields: own }) =>
      own.map((field) => [fieldKey(field), { relation: field.relation, cause: signature }] as const),
    ),
  );
  return fields.map((field) => ({ ...field, ...(found.get(fieldKey(field)) ?? { relation: null, cause: "" }) }));
}
