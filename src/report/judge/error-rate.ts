import { memoizeLast, memoizePerObject } from "../../lib/memoize.ts";
import type { StatusPairCount } from "../../model/difference.ts";
import type { EndpointReport, ErrorRates, Proportion } from "../../model/report.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/words/number-format.ts";
import { statusPath } from "../../presentation/statuses/status-change.ts";
import { blockEvidence, independentEvidence, type BlockEvidence } from "../statistics/block-evidence.ts";
import type { BlockSeries, StretchCounts } from "../statistics/block-series.ts";
import { logExcessEvidence } from "../statistics/e-values.ts";
import { wilsonInterval } from "../statistics/wilson-interval.ts";
import type { Judgment } from "./gate-thresholds.ts";
import { sinceText } from "./parity-verdict.ts";

/** Exchanges by which of the two responses is 5xx or incomplete. */
export interface ErrorCounts {
  readonly pairs: number;
  readonly candidateOnly: number;
  readonly primaryOnly: number;
  readonly both: number;
}

type StatusRow = Pick<StatusPairCount, "primary" | "other" | "count">;

/** @param rows of the candidate, including those with equal statuses */
export function errorCounts(rows: readonly StatusRow[]): ErrorCounts {
  let [pairs, candidateOnly, primaryOnly, both] = [0, 0, 0, 0];
  for (const { primary, other, count } of rows) {
    const [isPrimaryError, isCandidateError] = [isError(primary), isError(other)];
    pairs += count;
    if (isPrimaryError && isCandidateError) both += count;
    else if (isCandidateError) candidateOnly += count;
    else if (isPrimaryError) primaryOnly += count;
  }
  return { pairs, candidateOnly, primaryOnly, both };
}

/** Errors of the candidate only and of the primary only. @param rows of one block */
export const errorStretch = memoizePerObject((rows: readonly StatusRow[]): StretchCounts => {
  const { pairs, candidateOnly, primaryOnly } = errorCounts(rows);
  return { pairs, first: candidateOnly, second: primaryOnly };
});

/** The field that differs if two statuses do. */
export interface StatusField {
  readonly section: "status" | "transport";
  readonly path: string;
  readonly kind: "status" | "transport";
}

const TRANSPORT: StatusField = { section: "transport", path: "$", kind: "transport" };

/** Splits the status pairs of one endpoint by the role of the other response. */
export const statusesByRole = memoizePerObject((rows: readonly StatusPairCount[]) => ({
  candidate: rows.filter(({ role }) => role === "candidate"),
  secondary: rows.filter(({ role }) => role === "secondary"),
}));

/**
 * Counts excused status differences as equal to the primary's status.
 * @param rows of one endpoint
 */
export function excuseStatuses(
  rows: readonly StatusPairCount[],
  isExcused: (field: StatusField) => boolean,
): readonly StatusPairCount[] {
  if (rows.every(({ primary, other }) => primary === other)) return rows;
  const excused = rows.map(({ primary, other }) => {
    if (primary === other) return false;
    if (other === 0) return isExcused(TRANSPORT);
    const path = statusPath({ primary, candidate: other });
    return isExcused({ section: "status", path, kind: "status" });
  });
  return excused.includes(true) ? excuseOnce(rows, { excused: excused.join() }) : rows;
}

/** @param excused for each row, joined, so that equal inputs are recognized */
const excuseOnce = memoizeLast((rows: readonly StatusPairCount[], { excused }: { readonly excused: string }) => {
  const flags = excused.split(",");
  return rows.map((row, at) => (flags[at] === "true" ? { ...row, other: row.primary } : row));
});

/** @param status 0 for an incomplete response */
function isError(status: number): boolean {
  return status === 0 || status >= 500;
}

/** The share of the primary's responses that are 2xx or 3xx. @returns null without responses */
export function primarySuccess(rows: readonly StatusRow[]): Proportion | null {
  let [successes, all] = [0, 0];
  for (const { primary, count } of rows) {
    all += count;
    if (primary >= 200 && primary < 400) successes += count;
  }
  return all === 0 ? null : wilsonInterval(successes, all);
}

/** The error rates of both versions with their Wilson intervals. */
export function errorRates(
  { pairs, candidateOnly, primaryOnly, both }: ErrorCounts,
  { verdict }: Judgment,
): ErrorRates {
  return {
    primary: wilsonInterval(primaryOnly + both, pairs),
    candidate: wilsonInterval(candidateOnly + both, pairs),
    verdict,
  };
}

/** Pairs of different statuses, most frequent first. */
export function statusFlips(rows: readonly StatusRow[]): EndpointReport["statusFlips"] {
  return rows
    .filter(({ primary, other }) => primary !== other)
    .map(({ primary, other, count }) => ({ primary, candidate: other, count }))
    .toSorted((a, b) => b.count - a.count || a.primary - b.primary || a.candidate - b.candidate);
}

/**
 * Decides whether the candidate fails more often than the primary on the same requests.
 * - `fail`: more than allowed, with the evidence that the bar requires. Can be checked at any time.
 * - `inconclusive`: more than allowed, but it may be chance.
 * - `pass`: no more than allowed. This needs no proof: every error of the candidate alone is a difference and counts against
 *   parity, which is proven.
 * @param allowed share of all responses, beyond the primary's own errors
 * @param series errors of the candidate only and of the primary only by time; without blocks, exchanges count as independent
 */
export function decideErrorVerdict(counts: ErrorCounts, allowed: number, bar: number, series: BlockSeries): Judgment {
  const { pairs, candidateOnly, primaryOnly } = counts;
  const { evidence, late } = excessEvidence(counts, allowed, series);
  if (evidence >= bar) return { verdict: "fail", reasons: [`${errorText(counts, allowed)}${sinceText(late)}`] };
  if (candidateOnly - primaryOnly <= allowed * pairs) return { verdict: "pass", reasons: [] };
  return { verdict: "inconclusive", reasons: [`${errorText(counts, allowed)}; this may be chance`] };
}

/** Bursts count as one error, and a late change is found from its start. */
function excessEvidence(
  { pairs, candidateOnly, primaryOnly }: ErrorCounts,
  allowed: number,
  series: BlockSeries,
): BlockEvidence {
  const evidenceOf = ({ first, second, pairs: all }: StretchCounts): number =>
    logExcessEvidence({ onlyFirst: first, onlySecond: second, pairs: all }, allowed);
  if (series.pairs.length > 0) return blockEvidence(series, { evidenceOf, isSymmetric: true });
  const total = { first: candidateOnly, second: primaryOnly, pairs };
  return independentEvidence(evidenceOf(total), total);
}

function errorText({ pairs, candidateOnly, primaryOnly }: ErrorCounts, allowed: number): string {
  const are = candidateOnly === 1 ? "is" : "are";
  return (
    `${formatCount(candidateOnly)} of ${formatPlural(pairs, "response")} ${are} 5xx or incomplete from the candidate only, ` +
    `${formatCount(primaryOnly)} from the primary only (allowed: ${formatShare(allowed)} more than the primary)`
  );
}
