import type { AccountingCount } from "../../model/accounting.ts";
import type { Accounting } from "../../model/report.ts";
import type { PerEndpoint, OutcomeRow } from "../../store/store.ts";
import { isDiffering } from "./parity-counts.ts";
import { memoizePerObject } from "../../lib/memoize.ts";

type Compared = Pick<Accounting, "compared" | "matched" | "differed" | "noiseCompared">;

/** What became of every request, from the counted fates and outcomes of one candidate. Reasons that did not occur are left out. */
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
    ...comparedOf(outcomes),
    notMirrored: byReason("notMirrored"),
    dropped: byReason("dropped"),
    skipped: byReason("skipped"),
  };
}

/** Compared exchanges, and how many of them matched, differed, and had a secondary beside them. */
export const comparedCounts = memoizePerObject((outcomes: readonly OutcomeRow[]): Compared => {
  let [compared, differed, noiseCompared] = [0, 0, 0];
  for (const row of outcomes) {
    compared += row.count;
    if (isDiffering(row)) differed += row.count;
    if (row.paired) noiseCompared += row.count;
  }
  return { compared, matched: compared - differed, differed, noiseCompared };
});

/** The same of all endpoints together. */
export function comparedOf(outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[]): Compared {
  const all = outcomes.map(({ rows }) => comparedCounts(rows));
  const sum = (name: keyof Compared): number => all.reduce((total, counts) => total + counts[name], 0);
  return {
    compared: sum("compared"),
    matched: sum("matched"),
    differed: sum("differed"),
    noiseCompared: sum("noiseCompared"),
  };
}
