import type { Proportion } from "../../model/report.ts";
import { formatCount, formatPlural, formatShare, formatTime } from "../../presentation/words/number-format.ts";
import { NOTABLE_INFLATION } from "../../presentation/words/field-notes.ts";
import {
  blockEvidence,
  independentEvidence,
  type BlockEvidence,
  type LateStretch,
} from "../statistics/block-evidence.ts";
import type { BlockSeries, StretchCounts } from "../statistics/block-series.ts";
import { isRateBelow, logRateAboveEvidence, trialsUntilBelow } from "../statistics/confidence-sequence.ts";
import { evidenceBar } from "../statistics/e-values.ts";
import type { Thresholds } from "./gate-thresholds.ts";
import type { ParityFindings } from "./parity-counts.ts";

/** Compared exchanges, and how many of them count against parity. */
export interface ParityCounts extends ParityFindings {
  readonly compared: number;
}

/**
 * The evidence that parity is below the gate, even if every difference that is not proven is noise. Bursts count as one
 * difference, and a late change is found from its start.
 * @param series the proven differences by time, as the first side; without blocks, exchanges count as independent
 */
export function parityEvidence(
  { compared, proven }: Pick<ParityCounts, "compared" | "proven">,
  { parity }: Pick<Thresholds, "parity">,
  series: BlockSeries,
): BlockEvidence {
  const limit = 1 - parity;
  const evidenceOf = ({ first, pairs }: StretchCounts): number =>
    first > pairs * limit ? logRateAboveEvidence(first, pairs, limit) : 0;
  if (limit <= 0 || series.pairs.length === 0) {
    const total = { first: proven, second: 0, pairs: compared };
    return independentEvidence(evidenceOf(total), total);
  }
  return blockEvidence(series, { evidenceOf, isSymmetric: false });
}

/**
 * How many more responses are needed to confirm parity and to reach the minimum of the gate, if none of them differs.
 * @returns 0 if nothing is needed; null if more of the same cannot help: the gate allows no difference and there is one, or so
 * many differ that chance cannot explain it
 */
export function stillNeeded(
  { compared, counting }: Pick<ParityCounts, "compared" | "counting">,
  { parity, minCompared }: Pick<Thresholds, "parity" | "minCompared">,
): number | null {
  const limit = 1 - parity;
  const isAbove = limit > 0 && counting > compared * limit;
  if (isAbove && logRateAboveEvidence(counting, compared, limit) >= evidenceBar()) return null;
  const enough = trialsUntilBelow(counting, compared, limit);
  return enough === null ? null : Math.max(enough, minCompared) - compared;
}

/** What is needed: `needs 3,684 more responses (420 so far) to confirm 99.9% parity`. */
export function neededText(
  { compared, counting, proven, unknown }: ParityCounts,
  { parity, minCompared }: Pick<Thresholds, "parity" | "minCompared">,
): string {
  const missing = stillNeeded({ compared, counting }, { parity, minCompared });
  if (missing === null) {
    return parity >= 1
      ? "cannot pass, because the gate allows no difference"
      : `cannot pass while more than ${formatShare(1 - parity)} differ: fix, accept or hide the causes` +
          (counting > proven + unknown ? ", unless they turn out to be noise" : "");
  }
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

/** Where a change in the middle of a run shows: `; since 2026-11-20 10:03:20 UTC, 12 of 240`. */
export function sinceText(late: LateStretch | null): string {
  if (late === null) return "";
  return `; since ${formatTime(late.since)}, ${formatCount(late.first)} of ${formatCount(late.pairs)}`;
}

/** `; differences come in bursts: 100 count as 6` */
export function burstText({ inflation }: Pick<BlockEvidence, "inflation">, count: number): string {
  const events = Math.max(1, Math.round(count / inflation));
  return inflation < NOTABLE_INFLATION || count === 0
    ? ""
    : `; differences come in bursts: ${formatCount(count)} count as ${formatCount(events)}`;
}
