import type { CauseState, FieldVerdict } from "../../../src/model/report.ts";
import { formatCount } from "./numbers.ts";

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

/** @param noiseCompared exchanges that have an answer of a secondary, too */
export function pairedSentence(noiseCompared: number): string {
  if (noiseCompared === 0) return "No exchange had a secondary beside it, so noise cannot be told from change.";
  const rest = noiseCompared === 1 ? "it and shows" : "them and show";
  return `${formatCount(noiseCompared)} of the compared had a secondary beside ${rest} the noise.`;
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
