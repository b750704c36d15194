import type { StatusPairCount } from "../../model/difference.ts";
import type { EndpointReport, ErrorRates } from "../../model/report.ts";
import { logExcessEvidence } from "../statistics/e-values.ts";
import type { Judgement } from "./judgement.ts";
import { memoizePerObject, memoizeLast } from "../../lib/memoize.ts";
import { wilsonInterval } from "../statistics/wilson-interval.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/number-format.ts";

/** Answers that are 5xx or incomplete, per exchange. */
export interface ErrorCounts {
  readonly pairs: number;
  readonly candidateOnly: number;
  readonly primaryOnly: number;
  readonly both: number;
}

type StatusRow = Pick<StatusPairCount, "primary" | "other" | "count">;

/** @param rows of the candidate, those with equal statuses included */
export function errorCounts(rows: readonly StatusRow[]): ErrorCounts {
  let [pairs, candidateOnly, primaryOnly, both] = [0, 0, 0, 0];
  for (const { primary, other, count } of rows) {
    const [ofPrimary, ofCandidate] = [isError(primary), isError(other)];
    pairs += count;
    if (ofPrimary && ofCandidate) both += count;
    else if (ofCandidate) candidateOnly += count;
    else if (ofPrimary) primaryOnly += count;
  }
  return { pairs, candidateOnly, primaryOnly, both };
}

/** The difference that two statuses beside each other are. */
export interface StatusDifference {
  readonly section: "status" | "transport";
  readonly path: string;
  readonly kind: "status" | "transport";
}

const STATUS: StatusDifference = { section: "status", path: "$", kind: "status" };
const TRANSPORT: StatusDifference = { section: "transport", path: "$", kind: "transport" };

/** One endpoint's pairs of statuses by whose the other one is. */
export const byRole = memoizePerObject((rows: readonly StatusPairCount[]) => ({
  candidate: rows.filter(({ role }) => role === "candidate"),
  secondary: rows.filter(({ role }) => role === "secondary"),
}));

/**
 * Pairs whose difference is excused are counted as if the other had answered like the primary.
 * @param rows of one endpoint
 */
export function excusedStatuses(
  rows: readonly StatusPairCount[],
  isExcused: (difference: StatusDifference) => boolean,
): readonly StatusPairCount[] {
  if (rows.every(({ primary, other }) => primary === other)) return rows;
  const [status, transport] = [isExcused(STATUS), isExcused(TRANSPORT)];
  return status || transport ? excused(rows, { status, transport }) : rows;
}

const excused = memoizeLast(
  (rows: readonly StatusPairCount[], { status, transport }: { status: boolean; transport: boolean }) =>
    rows.map((row) => ((row.other === 0 ? transport : status) ? { ...row, other: row.primary } : row)),
);

/** 0 stands for no complete answer. */
function isError(status: number): boolean {
  return status === 0 || status >= 500;
}

/** Both shares, each with its Wilson interval, and what they were judged to be. */
export function errorRates(
  { pairs, candidateOnly, primaryOnly, both }: ErrorCounts,
  { verdict }: Judgement,
): ErrorRates {
  return {
    primary: wilsonInterval(primaryOnly + both, pairs),
    candidate: wilsonInterval(candidateOnly + both, pairs),
    verdict,
  };
}

/** Pairs of different statuses, the most frequent first. */
export function statusFlips(rows: readonly StatusRow[]): EndpointReport["statusFlips"] {
  return rows
    .filter(({ primary, other }) => primary !== other)
    .map(({ primary, other, count }) => ({ primary, candidate: other, count }))
    .toSorted((a, b) => b.count - a.count || a.primary - b.primary || a.candidate - b.candidate);
}

/**
 * Whether the candidate fails more often than the primary does on the same requests.
 * - `fail`: beyond the allowed share by the evidence that the bar asks, safe to look at any time.
 * - `inconclusive`: more than allowed was seen, but it may be chance.
 * - `pass`: no more than allowed was seen. It takes no further proof: every error of the candidate's own is a difference and
 *   counts against parity, which does.
 * @param allowed share of all answers, beyond the primary's own
 */
export function judgeErrors(counts: ErrorCounts, allowed: number, bar: number): Judgement {
  const { pairs, candidateOnly, primaryOnly } = counts;
  if (candidateOnly - primaryOnly <= allowed * pairs) return { verdict: "pass", reasons: [] };
  const evidence = logExcessEvidence({ onlyFirst: candidateOnly, onlySecond: primaryOnly, pairs }, allowed);
  if (evidence >= bar) return { verdict: "fail", reasons: [errorText(counts, allowed)] };
  return { verdict: "inconclusive", reasons: [`${errorText(counts, allowed)}, which may still be chance`] };
}

function errorText({ pairs, candidateOnly, primaryOnly }: ErrorCounts, allowed: number): string {
  return (
    `${formatCount(candidateOnly)} of ${formatPlural(pairs, "answer")} ${candidateOnly === 1 ? "is" : "are"} 5xx or ` +
    `incomplete from the candidate alone, ` +
    `${formatCount(primaryOnly)} from the primary alone (allowed ${formatShare(allowed)} more)`
  );
}
