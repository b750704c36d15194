import { useMemo } from "react";
import type { DifferingField } from "../../../src/model/difference.ts";
import type { FieldVerdict } from "../../../src/model/report.ts";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { useEndpoint, useOverview } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";

/** What the report says about a field of an exchange. */
export interface Finding {
  readonly verdict: FieldVerdict;
  /** Why a rule ignores it; null if no rule does. */
  readonly excuse: string | null;
}

type FieldOf = Pick<DifferingField, "section" | "path" | "kind">;

export type Findings = (field: FieldOf) => Finding | undefined;

function keyOf({ section, path, kind }: FieldOf): string {
  return `${section} ${path} ${kind}`;
}

/** Verdicts and rules of the fields of an exchange; undefined while they are loading, and for fields beyond the listed ones. */
export function useFindings({ endpoint, route }: SampleDetail): Findings {
  const { run, candidate } = useSelection();
  const scope = { run: run.id, candidate };
  const report = useEndpoint(scope, endpoint, route).data;
  const rules = useOverview(scope, { causes: 0, statuses: 0 }).data?.rules;
  return useMemo(() => {
    const reasons = new Map(rules?.map(({ rule }) => [rule.id, rule.reason]));
    const findings = new Map(
      report?.differences.map((field) => [
        keyOf(field),
        { verdict: field.verdict, excuse: field.rule === null ? null : ruleText(reasons.get(field.rule)) },
      ]),
    );
    return (field) => findings.get(keyOf(field));
  }, [report, rules]);
}

function ruleText(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "ignored by a rule" : `ignored by a rule: ${reason}`;
}
