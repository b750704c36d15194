import type { ContractRelation, DifferenceKind } from "../../model/difference.ts";
import { statusPath } from "../../presentation/statuses/status-change.ts";
import type { FieldDifference, FieldKey } from "../field-difference.ts";
import type { Judgment, Violation } from "./contract-judge.ts";

/** How two responses keep to the contract. */
export interface ContractComparison {
  readonly relation: ContractRelation;
  /** What only the other response breaks. */
  readonly differences: readonly FieldDifference[];
  /** What the primary's response breaks, alone or together with the other one: no difference. */
  readonly ofPrimary: readonly (FieldKey & { readonly relation: ContractRelation })[];
}

interface Statuses {
  readonly primary: number;
  readonly candidate: number;
}

const KIND: DifferenceKind = "contract";

/**
 * Compares what two responses break. What both break is no difference, and neither is what only the primary breaks.
 * @param primary null if the contract does not describe the operation
 * @returns null if there is nothing to count
 */
export function compareJudgments(
  primary: Judgment | null,
  other: Judgment | null,
  statuses: Statuses,
): ContractComparison | null {
  if (primary === null) return null;
  if (other === null) return NOT_JUDGED;
  const isPartial = primary.isPartial || other.isPartial;
  // Without both bodies, it is not known which of them break the contract.
  const judged = ({ violations }: Judgment): readonly Violation[] =>
    isPartial ? violations.filter(({ section }) => section !== "body") : violations;
  const [left, right] = [byKey(judged(primary)), byKey(judged(other))];
  const only = [...right].filter(([key]) => !left.has(key)).map(([, violation]) => violation);
  const ofPrimary = [...left].map(([key, violation]) => ({
    ...fieldOf(violation, statuses),
    relation: right.has(key) ? ("both-break" as const) : ("primary-breaks" as const),
  }));
  const relation = relationOf(only.length > 0, ofPrimary, isPartial);
  return { relation, differences: only.map((violation) => differenceOf(violation, statuses)), ofPrimary };
}

const NOT_JUDGED: ContractComparison = { relation: "not-judged", differences: [], ofPrimary: [] };

function relationOf(
  candidateBreaks: boolean,
  ofPrimary: ContractComparison["ofPrimary"],
  isPartial: boolean,
): ContractRelation {
  if (candidateBreaks) return "candidate-breaks";
  if (ofPrimary.some(({ relation }) => relation === "primary-breaks")) return "primary-breaks";
  if (ofPrimary.length > 0) return "both-break";
  return isPartial ? "not-judged" : "conforms";
}

function byKey(violations: readonly Violation[]): ReadonlyMap<string, Violation> {
  return new Map(violations.map((violation) => [`${violation.section}\n${violation.path}`, violation]));
}

function fieldOf({ section, path }: Violation, statuses: Statuses): FieldKey {
  return { section, path: section === "status" ? statusPath(statuses) : path, kind: KIND };
}

function differenceOf(violation: Violation, statuses: Statuses): FieldDifference {
  const { pointer, message } = violation;
  return {
    ...fieldOf(violation, statuses),
    relation: null,
    detail: (redactor) => ({ pointer, primary: null, candidate: redactor.short(message) }),
  };
}
