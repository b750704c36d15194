import type { AccountingCount } from "../model/accounting.ts";
import type { Accounting } from "../model/report.ts";
import type { OutcomeRow } from "../store/store.ts";
import { isDiffering } from "./parity.ts";

/** What became of every request, from the counted fates and outcomes of one candidate. Reasons that did not occur are left out. */
export function accountingOf(counts: readonly AccountingCount[], outcomes: readonly OutcomeRow[]): Accounting {
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
    ...comparedCounts(outcomes),
    notMirrored: byReason("notMirrored"),
    dropped: byReason("dropped"),
    skipped: byReason("skipped"),
  };
}

/** Compared exchanges, and how many of them matched, differed, and had a secondary beside them. */
export function comparedCounts(
  outcomes: readonly OutcomeRow[],
): Pick<Accounting, "compared" | "matched" | "differed" | "noiseCompared"> {
  let [compared, differed, noiseCompared] = [0, 0, 0];
  for (const row of outcomes) {
    compared += row.count;
    if (isDiffering(row)) differed += row.count;
    if (row.paired) noiseCompared += row.count;
  }
  return { compared, matched: compared - differed, differed, noiseCompared };
}
