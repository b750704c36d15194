import type { FieldReport, Proportion } from "../../model/report.ts";
import { isRateAbove, isRateBelow, trialsUntilBelow } from "../statistics/confidence-sequence.ts";
import type { Thresholds } from "./gate-thresholds.ts";
import type { Judgement } from "./judgement.ts";
import type { Counting } from "./parity-counts.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/number-format.ts";
import { formatFieldList } from "../../presentation/difference-words.ts";

/** How many exchanges count against parity. */
export interface ParityCounts extends Counting {
  readonly compared: number;
}

/** What is known of one endpoint when it is judged. */
export interface EndpointEvidence extends ParityCounts {
  readonly parity: Proportion;
  readonly fields: readonly Pick<FieldReport, "section" | "path" | "count" | "verdict">[];
  /** Null when nothing was measured. */
  readonly latency: Judgement | null;
  readonly errors: Judgement;
}

/**
 * Judges one endpoint; may be asked at any time and as often as one likes.
 * - `fail`: the confidence sequence of the share that differs lies above what the gate allows; or the candidate is slower,
 *   or fails more often, than allowed.
 * - `pass`: as many were compared as the gate asks, the sequence lies below, and latency and errors pass.
 * - `inconclusive`: everything else, with what is still needed.
 * @param bar ln E that a failure takes: higher the more endpoints are judged
 */
export function judgeEndpoint(evidence: EndpointEvidence, gate: Thresholds, bar: number): Judgement {
  const others = [evidence.errors, ...(evidence.latency === null ? [] : [evidence.latency])];
  const reasonsOf = (verdict: Judgement["verdict"]): readonly string[] =>
    others.filter((judgement) => judgement.verdict === verdict).flatMap(({ reasons }) => reasons);
  const failures = [...parityFailure(evidence, gate, bar), ...reasonsOf("fail")];
  if (failures.length > 0) return { verdict: "fail", reasons: failures };
  const doubts = [...parityDoubt(evidence, gate), ...reasonsOf("inconclusive")];
  return { verdict: doubts.length > 0 ? "inconclusive" : "pass", reasons: doubts };
}

/** Whether more differ than allowed beyond reasonable doubt, even when everything that is not proven is held for noise. */
export function isParityBelow(
  { compared, proven }: Pick<ParityCounts, "compared" | "proven">,
  { parity }: Pick<Thresholds, "parity">,
  bar: number,
): boolean {
  return isRateAbove(proven, compared, 1 - parity, bar);
}

/**
 * How many answers are missing until parity is reached beyond reasonable doubt and as many were compared as the gate asks,
 * if none of them differs.
 * @returns 0 when it is reached; null when no number is enough, because no difference at all is allowed and there is one
 */
export function stillNeeded(
  { compared, counting }: Pick<ParityCounts, "compared" | "counting">,
  { parity, minCompared }: Pick<Thresholds, "parity" | "minCompared">,
): number | null {
  const enough = trialsUntilBelow(counting, compared, 1 - parity);
  return enough === null ? null : Math.max(enough, minCompared) - compared;
}

/**
 * Whether an endpoint with an open verdict keeps the run from passing: answers differ, and either too few were compared or
 * more differ than the gate allows. One without a difference never does, or seldom-used endpoints would forbid every
 * release; nor does one that differs no more than allowed and only lacks the traffic to prove it: the run as a whole does.
 */
export function keepsRunOpen(
  { compared, counting }: Pick<ParityCounts, "compared" | "counting">,
  { parity, minCompared }: Thresholds,
): boolean {
  return counting > 0 && (compared < minCompared || counting > compared * (1 - parity));
}

/** What is missing, for a person: `needs 3,684 more compared answers (420 so far) to be sure of 99.9 %`. */
export function neededText(
  { compared, counting }: Pick<ParityCounts, "compared" | "counting">,
  { parity, minCompared }: Pick<Thresholds, "parity" | "minCompared">,
): string {
  const missing = stillNeeded({ compared, counting }, { parity, minCompared });
  if (missing === null) return "no number of answers is enough, because none may differ";
  const needs = `needs ${formatPlural(missing, "more compared answer")}`;
  if (isRateBelow(counting, compared + missing - 1, 1 - parity)) {
    return `${needs} (${formatCount(compared)} of ${formatCount(minCompared)})`;
  }
  const without = counting > 0 ? " without a difference" : "";
  return `${needs}${without} (${formatCount(compared)} so far) to be sure of ${formatShare(parity)}`;
}

/** What of the differences is not yet told from noise: `, 3 of them perhaps noise`. */
export function doubtText({ counting, proven, unknown }: ParityCounts): string {
  const doubtful = counting - proven - unknown;
  return doubtful === 0 ? "" : `, ${formatCount(doubtful)} of them perhaps noise`;
}

function parityFailure(evidence: EndpointEvidence, gate: Thresholds, bar: number): string[] {
  return isParityBelow(evidence, gate, bar) ? [differText(evidence, gate)] : [];
}

function parityDoubt(evidence: EndpointEvidence, gate: Thresholds): string[] {
  if (stillNeeded(evidence, gate) === 0) return [];
  const needed = neededText(evidence, gate);
  return [evidence.counting > 0 ? `${differText(evidence, gate)}${doubtText(evidence)}; ${needed}` : needed];
}

function differText({ counting, unknown, compared, fields, parity }: EndpointEvidence, gate: Thresholds): string {
  const known = formatFieldList(fields.filter(({ verdict, count }) => verdict !== "noise" && count > 0));
  const beyond = `fields beyond the caps (${formatCount(unknown)}, perhaps noise)`;
  const where = [...(known === "" ? [] : [known]), ...(unknown === 0 ? [] : [beyond])].join(" and ");
  return (
    `${formatCount(counting)} of ${formatPlural(compared, "answer")} ${counting === 1 ? "differs" : "differ"} in ${where} ` +
    `(parity ${formatShare(parity.rate, gate.parity)}, needs ${formatShare(gate.parity)})`
  );
}
