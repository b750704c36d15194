import { memoizePerObject } from "../../lib/memoize.ts";
import type { AccountingCount } from "../../model/accounting.ts";
import type { Accounting } from "../../model/report.ts";
import type { OutcomeRow, PerEndpoint } from "../../store/store.ts";
import { isDiffering } from "./parity-counts.ts";

type ComparedCounts = Pick<Accounting, "compared" | "matched" | "differed" | "noiseCompared">;

/** Accounts for every request of one candidate. Reasons that did not occur are omitted. */
export function accountingOf(
  counts: readonly AccountingCount[],
  outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[],
): Accounting {
  const total = (fate: AccountingCount["fate"]): number =>
    counts.reduce((sum, row) => (row.fate === fate ? sum + row.count : sum), 0);
  const byReason = (fate: AccountingCount["fate"]): Record<string, number> => {
    const reasons: Record<string, number> = {};
    for (const row of counts) if (row.fate === fate) reasons[row.reason] = (reasons[row.reason] ?? 0) + row.count;
    return reasons;
  };
  return {
    received: total("received"),
    sampledOut: total("sampledOut"),
    mirrored: total("mirrored"),
    ...sumCompared(outcomes),
    notMirrored: byReason("notMirrored"),
    dropped: byReason("dropped"),
    skipped: byReason("skipped"),
  };
}

/** The compared exchanges of one endpoint: how many matched, differed and had a secondary response. */
export const comparedCounts = memoizePerObject((outcomes: readonly OutcomeRow[]): ComparedCounts => {
  let [compared, differed, noiseCompared] = [0, 0, 0];
  for (const row of outcomes) {
    compared += row.count;
    if (isDiffering(row)) differed += row.count;
    if (row.paired) noiseCompared += row.count;
  }
  return { compared, matched: compared - differed, differed, noiseCompared };
});

/** The compared exchanges of all endpoints. */
export function sumCompared(outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[]): ComparedCounts {
  const all = outcomes.map(({ rows }) => comparedCounts(rows));
  const sum = (name: keyof ComparedCounts): number => all.reduce((total, counts) => total + counts[name], 0);
  return {
    compared: sum("compared"),
    matched: sum("matched"),
    differed: sum("differed"),
    noiseCompared: sum("noiseCompared"),
  };
}
