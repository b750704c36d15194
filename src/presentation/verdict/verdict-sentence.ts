import type { Verdict } from "../../model/report.ts";
import type { Overview } from "../../model/views/overview.ts";
import { formatCount, formatPlural } from "../words/number-format.ts";

/** The verdict as a sentence: `Candidate v2 does not behave like the primary: 3 of 41 endpoints fail (5,000 compared exchanges).` */
export function verdictSentence({
  verdict,
  candidate,
  accounting,
  baseline,
  endpointCounts: { total, fail: failing },
}: Pick<Overview, "verdict" | "candidate" | "accounting" | "baseline" | "endpointCounts">): string {
  const name = candidateName(candidate);
  const subject = name.charAt(0).toUpperCase() + name.slice(1);
  const compared = formatPlural(accounting.compared, "compared exchange");
  const all = formatPlural(total, "endpoint");
  switch (verdict) {
    case "pass":
      return baseline === undefined || baseline.differed === 0
        ? `${subject} behaves like the primary: ${compared} on ${all}.`
        : `${subject} differs from the primary only as in the baseline: ` +
            `${formatCount(baseline.differed)} of ${compared} on ${all}.`;
    case "fail":
      return failing === 0
        ? `${subject} does not behave like the primary: ${compared} on ${all}.`
        : `${subject} does not behave like the primary: ` +
            `${formatCount(failing)} of ${all} ${failing === 1 ? "fails" : "fail"} (${compared}).`;
    case "inconclusive":
      break;
  }
  return `No verdict on ${name} yet: ${compared} on ${all}.`;
}

/** A candidate in a sentence: `candidate v2`; `the candidate` for one with the default name. */
export function candidateName(candidate: string): string {
  return candidate === "candidate" ? "the candidate" : `candidate ${candidate}`;
}

/** What the verdict of the placebo says about the method. */
export const PLACEBO_MEANING = {
  pass: "So the method raises no false alarm on this traffic.",
  fail: "So the secondary is no true twin of the primary, or the traffic makes identical servers differ: trust the verdict less.",
  inconclusive: "So far there is too little traffic to say that it passes, but no false alarm either.",
} as const satisfies Record<Verdict, string>;

/** Without a placebo. */
export const NO_PLACEBO =
  "Placebo: none. Only a secondary of its own can show that the method raises no false alarm on this traffic.";
