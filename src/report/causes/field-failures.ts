import { memoizePerObject } from "../../lib/memoize.ts";
import type { FailureCount } from "../../model/difference.ts";
import type { FailureReport } from "../../model/report.ts";
import type { CauseField } from "../../model/review.ts";
import { fieldKey } from "../judge/field-counts.ts";
import type { JudgedField } from "../judge/field-verdicts.ts";
import { causeField } from "./field-appearance.ts";

export const NO_FAILURES: readonly FailureCount[] = [];

/** Splits the failures of one endpoint by the role of the response that is missing or incomplete. */
export const failuresByRole = memoizePerObject((rows: readonly FailureCount[]) => ({
  candidate: rows.filter(({ role }) => role === "candidate"),
  secondary: rows.filter(({ role }) => role === "secondary"),
}));

/** The failures of several endpoints together, most frequent first. */
export function failureReports(rows: readonly FailureCount[]): readonly FailureReport[] {
  const sums = Map.groupBy(rows, ({ reason, address }) => `${reason}\n${address}`);
  return [...sums.values()]
    .flatMap(([first, ...others]) => {
      if (first === undefined) return [];
      const { kind, reason, address } = first;
      return [{ kind, reason, address, count: others.reduce((sum, { count }) => sum + count, first.count) }];
    })
    .toSorted((one, other) => other.count - one.count);
}

/**
 * The looks of a field: one, or as many as the reasons why responses are missing. Numbers in a reason, such as a duration, vary.
 * @param failures of the same endpoint and role
 */
export function looksOf(
  field: Omit<CauseField, "reason">,
  failures: readonly Pick<FailureReport, "kind" | "reason">[],
): readonly CauseField[] {
  const key = fieldKey(field);
  const { kind, relation } = field;
  if (kind !== "transport" || failures.length === 0) return [causeField(key, field, relation)];
  const reasons = new Set(failures.map((failure) => `${failure.kind}: ${failure.reason.replaceAll(/\d+/g, "N")}`));
  return [...reasons].toSorted().map((reason) => causeField(key, field, relation, reason));
}

/** Adds to the field of missing responses why they are missing. @param failures of the same endpoint and role */
export function withFailures(
  fields: ReadonlyMap<string, JudgedField>,
  failures: readonly FailureCount[],
): ReadonlyMap<string, JudgedField> {
  if (failures.length === 0) return fields;
  const reports = failureReports(failures);
  return new Map(
    [...fields].map(([key, field]) => [key, field.kind === "transport" ? { ...field, failures: reports } : field]),
  );
}
