import { memoizeLast, memoizePerObject } from "../../lib/memoize.ts";
import type { StatusPairCount } from "../../model/difference.ts";
import type { EndpointReport, ErrorRates } from "../../model/report.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/number-format.ts";
import { logExcessEvidence } from "../statistics/e-values.ts";
import { wilsonInterval } from "../statistics/wilson-interval.ts";
import type { Judgment } from "./gate-thresholds.ts";

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

/** The field that differs if two statuses do. */
export interface StatusField {
  readonly section: "status" | "transport";
  readonly path: string;
  readonly kind: "status" | "transport";
}

const STATUS: StatusField = { section: "status", path: "$", kind: "status" };
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
  const [status, transport] = [isExcused(STATUS), isExcused(TRANSPORT)];
  return status || transport ? excuseOnce(rows, { status, transport }) : rows;
}

const excuseOnce = memoizeLast(
  (rows: readonly StatusPairCount[], { status, transport }: { status: boolean; transport: boolean }) =>
    rows.map((row) => ((row.other === 0 ? transport : status) ? { ...row, other: row.primary } : row)),
);

/** @param status 0 for an incomplete response */
function isError(status: number): boolean {
  return status === 0 || status >= 500;
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
 */
export function decideErrorVerdict(counts: ErrorCounts, allowed: number, bar: number): Judgment {
  const { pairs, candidateOnly, primaryOnly } = counts;
  if (candidateOnly - primaryOnly <= allowed * pairs) return { verdict: "pass", reasons: [] };
  const evidence = logExcessEvidence({ onlyFirst: candidateOnly, onlySecond: primaryOnly, pairs }, allowed);
  if (evidence >= bar) return { verdict: "fail", reasons: [errorText(counts, allowed)] };
  return { verdict: "inconclusive", reasons: [`${errorText(counts, allowed)}; this may be chance`] };
}

function errorText({ pairs, candidateOnly, primaryOnly }: ErrorCounts, allowed: number): string {
  const are = candidateOnly === 1 ? "is" : "are";
  return (
    `${formatCount(candidateOnly)} of ${formatPlural(pairs, "response")} ${are} 5xx or incomplete from the candidate only, ` +
    `${formatCount(primaryOnly)} from the primary only (allowed: ${formatShare(allowed)} more than the primary)`
  );
}
