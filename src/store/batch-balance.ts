import type { AccountingCount } from "../model/accounting.ts";
import type { ResultBatch } from "../model/batch.ts";

/**
 * How far the counts of a batch are from adding up, by candidate. Every batch must add up on its own: received = requests with a
 * fate + change of those in flight, and mirrored = compared + skipped. Anything else is a defect: a request that was lost, or
 * counted twice.
 * @returns only candidates whose counts do not add up, with the number of requests in question
 */
export function findImbalance({
  accounting,
  outcomes,
}: Pick<ResultBatch, "accounting" | "outcomes">): ReadonlyMap<string, number> {
  const arrivals = new Map<string, number>();
  const comparisons = new Map<string, number>();
  for (const { candidate, fate, count } of accounting) {
    add(arrivals, candidate, ARRIVAL_SIGN[fate] * count);
    add(comparisons, candidate, COMPARISON_SIGN[fate] * count);
  }
  for (const { candidate, count } of outcomes) add(comparisons, candidate, -count);
  const imbalance = new Map<string, number>();
  for (const sums of [arrivals, comparisons]) {
    for (const [candidate, difference] of sums) if (difference !== 0) add(imbalance, candidate, Math.abs(difference));
  }
  return imbalance;
}

type Signs = Readonly<Record<AccountingCount["fate"], -1 | 0 | 1>>;

/** `interrupted` and `forgotten` are counts of the store, which no batch has. */
const ARRIVAL_SIGN: Signs = {
  received: 1,
  inFlight: -1,
  interrupted: 0,
  forgotten: 0,
  sampledOut: -1,
  notMirrored: -1,
  dropped: -1,
  mirrored: -1,
  skipped: 0,
};

const COMPARISON_SIGN: Signs = {
  received: 0,
  inFlight: 0,
  interrupted: 0,
  forgotten: 0,
  sampledOut: 0,
  notMirrored: 0,
  dropped: 0,
  mirrored: 1,
  skipped: -1,
};

function add(sums: Map<string, number>, candidate: string, count: number): void {
  sums.set(candidate, (sums.get(candidate) ?? 0) + count);
}
