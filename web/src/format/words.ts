import type { Relation } from "../../../src/model/difference.ts";
import type { CauseState, FieldVerdict } from "../../../src/model/report.ts";
import { formatCount } from "./numbers.ts";

const RELATIONS: Record<Relation, string> = {
  "number-as-string": "the same number as text",
  "null-or-missing": "null and missing",
  "null-or-empty": "null and empty",
  "same-instant": "the same time, written differently",
  "time-shift": "times moved by one amount",
  rounding: "rounded",
  "letter-case": "the same but for case",
  "unicode-normalisation": "the same text in another Unicode form",
  whitespace: "the same but for spaces",
  "times-100": "100 times as much",
  "both-uuids": "both are UUIDs",
  "both-times": "both are times",
  "both-random": "both are random tokens",
};

/** What explains a difference, for a person; a dash when nothing does. */
export function relationWords(relation: Relation | null): string {
  return relation === null ? "–" : RELATIONS[relation];
}

/** Beyond it the digits say nothing more to a person. */
const MOST_ODDS = 1_000_000;

/**
 * How sure it is that a field differs beyond noise.
 * @param evidence natural logarithm of the e-value
 */
export function evidenceWords(verdict: FieldVerdict, evidence: number): string {
  if (verdict === "noise") return "noise";
  if (verdict === "likely") return "likely";
  const odds = Math.exp(evidence);
  return odds >= MOST_ODDS ? `certain 1 : ${formatCount(MOST_ODDS)} or more` : `certain 1 : ${formatCount(odds)}`;
}

const STATES: Record<CauseState, string> = {
  new: "new",
  known: "known from the run before",
  accepted: "accepted",
  denied: "denied",
  changed: "changed since it was accepted",
};

export function stateWords(state: CauseState): string {
  return STATES[state];
}
