import { useMemo } from "react";
import type { DifferingField } from "../../../src/model/difference.ts";
import type { FieldVerdict } from "../../../src/model/report.ts";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { useEndpoint, useOverview } from "../data/queries.ts";
import { useSelection } from "../data/selection.ts";

/** What the report says about a field of an exchange. */
export interface Finding {
  readonly verdict: FieldVerdict;
  /** Whether it counts: a rule ignores it, or its cause was accepted. */
  readonly state: "counts" | "ignored" | "accepted";
  /** Why it does not count; empty if it does. */
  readonly excuse: string;
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
    const accepted = new Map(
      report?.causes
        .filter(({ state }) => state === "accepted")
        .map(({ signature, review }) => [signature, review?.reason]),
    );
    const findings = new Map(
      report?.differences.map((field): [string, Finding] => {
        const { verdict, rule, cause } = field;
        if (rule !== null)
          return [
            keyOf(field),
            { verdict, state: "ignored", excuse: withReason("ignored by a rule", reasons.get(rule)) },
          ];
        if (!accepted.has(cause)) return [keyOf(field), { verdict, state: "counts", excuse: "" }];
        return [keyOf(field), { verdict, state: "accepted", excuse: withReason("accepted", accepted.get(cause)) }];
      }),
    );
    return (field) => findings.get(keyOf(field));
  }, [report, rules]);
}

function withReason(words: string, reason: string | undefined): string {
  return reason === undefined || reason === "" ? words : `${words}: ${reason}`;
}
