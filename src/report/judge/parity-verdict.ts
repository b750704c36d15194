import type { Proportion } from "../../model/report.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/number-format.ts";
import { isRateAbove, isRateBelow, trialsUntilBelow } from "../statistics/confidence-sequence.ts";
import type { Thresholds } from "./gate-thresholds.ts";
import type { ParityFindings } from "./parity-counts.ts";

/** Compared exchanges, and how many of them count against parity. */
export interface ParityCounts extends ParityFindings {
  readonly compared: number;
}

/** Whether parity is below the gate even if every difference that is not proven is noise. */
export function isParityBelow(
  { compared, proven }: Pick<ParityCounts, "compared" | "proven">,
  { parity }: Pick<Thresholds, "parity">,
  bar: number,
): boolean {
  return isRateAbove(proven, compared, 1 - parity, bar);
}

/**
 * How many more responses are needed to confirm parity and to reach the minimum of the gate, if none of them differs.
 * @returns 0 if nothing is needed; null if no number is enough, because the gate allows no difference and there is one
 */
export function stillNeeded(
  { compared, counting }: Pick<ParityCounts, "compared" | "counting">,
  { parity, minCompared }: Pick<Thresholds, "parity" | "minCompared">,
): number | null {
  const enough = trialsUntilBelow(counting, compared, 1 - parity);
  return enough === null ? null : Math.max(enough, minCompared) - compared;
}

/** What is needed: `needs 3,684 more responses (420 so far) to confirm 99.9% parity`. */
export function neededText(
  { compared, counting }: Pick<ParityCounts, "compared" | "counting">,
  { parity, minCompared }: Pick<Thresholds, "parity" | "minCompared">,
): string {
  const missing = stillNeeded({ compared, counting }, { parity, minCompared });
  if (missing === null) return "cannot pass, because the gate allows no difference";
  const needs = `needs ${formatPlural(missing, "more response")}`;
  if (isRateBelow(counting, compared + missing - 1, 1 - parity)) {
    return `${needs} (${formatCount(compared)} of ${formatCount(minCompared)})`;
  }
  const without = counting > 0 ? " without a difference" : "";
  return `${needs}${without} (${formatCount(compared)} so far) to confirm ${formatShare(parity)} parity`;
}

/** Differences that may turn out to be noise: `, 3 of them possibly noise`. */
export function doubtText({ counting, proven, unknown }: ParityCounts): string {
  const doubtful = counting - proven - unknown;
  return doubtful === 0 ? "" : `, ${formatCount(doubtful)} of them possibly noise`;
}

/** `(parity 92.62%, required 99.9%)` */
export function parityText({ rate }: Pick<Proportion, "rate">, { parity }: Pick<Thresholds, "parity">): string {
  return `(parity ${formatShare(rate, parity)}, required ${formatShare(parity)})`;
}
