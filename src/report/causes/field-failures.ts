import { memoizePerObject } from "../../lib/memoize.ts";
import type { FailureCount } from "../../model/difference.ts";
import type { FailureReport } from "../../model/report.ts";
import type { JudgedField } from "../judge/field-verdicts.ts";

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
