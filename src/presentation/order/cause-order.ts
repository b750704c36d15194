import type { DifferingField } from "../../model/difference.ts";
import type { CauseReport } from "../../model/report.ts";
import { parseStatusPath, statusChangeKind } from "../statuses/status-change.ts";

/** A cause never mixes these, so that a decision about headers decides nothing about a status. */
export type SectionGroup = "status" | "body" | "headers";

type GroupedField = Pick<DifferingField, "section" | "kind">;

/**
 * The group of a field: a response that is missing or incomplete has no status either. One that deviates from HTTP is read all
 * the same.
 */
export function sectionGroupOf({ section, kind }: GroupedField): SectionGroup {
  if (section === "status" || kind === "transport") return "status";
  return section === "body" ? "body" : "headers";
}

const IMPORTANCE: Readonly<Record<SectionGroup, number>> = { status: 0, body: 1, headers: 2 };

/** Of endpoints without a difference that counts. */
const LEAST_IMPORTANT = 3;

/** How important the most important of some fields is: 0 status, 1 body, 2 headers; `LEAST_IMPORTANT` without fields. */
export function importanceOfFields(fields: readonly GroupedField[]): number {
  return fields.reduce((least, field) => Math.min(least, IMPORTANCE[sectionGroupOf(field)]), LEAST_IMPORTANT);
}

/** Sorts differences of the status before those of bodies, and these before those of headers. */
export function bySection(one: GroupedField, other: GroupedField): number {
  return IMPORTANCE[sectionGroupOf(one)] - IMPORTANCE[sectionGroupOf(other)];
}

type OrderedCause = Pick<CauseReport, "fields" | "verdict" | "rule" | "rank" | "count" | "signature">;

/**
 * Sorts the most important cause first: noise and hidden ones last; status before bodies before headers, fixes after breaks; then
 * by verdict, and by severity and count.
 */
export function byImportance(one: OrderedCause, other: OrderedCause): number {
  return (
    Number(one.rule !== null) - Number(other.rule !== null) ||
    Number(one.verdict === "noise") - Number(other.verdict === "noise") ||
    importanceOfFields(one.fields) - importanceOfFields(other.fields) ||
    Number(isFix(one)) - Number(isFix(other)) ||
    Number(one.verdict === "likely") - Number(other.verdict === "likely") ||
    other.rank - one.rank ||
    other.count - one.count ||
    (one.signature < other.signature ? -1 : 1)
  );
}

/** Whether a cause only turns server errors into successes. */
export function isFix({ fields }: Pick<CauseReport, "fields">): boolean {
  return (
    fields.length > 0 &&
    fields.every(({ section, path }) => {
      const change = section === "status" ? parseStatusPath(path) : undefined;
      return change !== undefined && statusChangeKind(change) === "fix";
    })
  );
}
