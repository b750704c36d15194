import { memoizePerObject } from "../../lib/memoize.ts";
import type { Accounting, AccountingCount } from "../../model/accounting.ts";
import { formatReasons, sumReasons } from "../../presentation/verdict/accounting-sums.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/words/number-format.ts";
import type { OutcomeRow, PerEndpoint } from "../../store/store.ts";
import { isDiffering } from "./parity-counts.ts";

/** A larger share of mirrored requests without a comparison is named along with the verdict. */
const HIGH_LOSS = 0.05;

type ComparedCounts = Pick<Accounting, "compared" | "matched" | "differed" | "noiseCompared">;

/**
 * Accounts for every request of one candidate. Reasons that did not occur are omitted.
 * @param hasEnded the run has ended: what is still in flight never gets a fate
 */
export function accountingOf(
  counts: readonly AccountingCount[],
  outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[],
  hasEnded: boolean,
): Accounting {
  const total = (fate: AccountingCount["fate"]): number =>
    counts.reduce((sum, row) => (row.fate === fate ? sum + row.count : sum), 0);
  const byReason = (fate: AccountingCount["fate"]): Record<string, number> => {
    const reasons: Record<string, number> = {};
    for (const row of counts) if (row.fate === fate) reasons[row.reason] = (reasons[row.reason] ?? 0) + row.count;
    return reasons;
  };
  const [open, interrupted] = [total("inFlight"), total("interrupted")];
  const counted = {
    // Retention can delete the minute of a request in flight, and its arrival can be lost together with the proxy and the store
    // thread. Its later fate counts it as received: `open` or `interrupted` is negative then.
    received: total("received") - open - interrupted,
    inFlight: hasEnded ? 0 : Math.max(0, open),
    interrupted: Math.max(0, interrupted) + (hasEnded ? Math.max(0, open) : 0),
    sampledOut: total("sampledOut"),
    mirrored: total("mirrored"),
    ...sumCompared(outcomes),
    notMirrored: byReason("notMirrored"),
    dropped: byReason("dropped"),
    skipped: byReason("skipped"),
  };
  return { ...counted, lost: countLost(counted), forgotten: total("forgotten") };
}

function countLost(accounting: Omit<Accounting, "lost" | "forgotten">): number {
  const { received, sampledOut, mirrored, compared, notMirrored, dropped, skipped } = accounting;
  const fates = sumReasons(notMirrored) + sampledOut + mirrored + sumReasons(dropped);
  return Math.abs(received - fates) + Math.abs(mirrored - compared - sumReasons(skipped));
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

/** Why the counts are no basis for a verdict. */
export function accountingDoubts({ lost, forgotten, received }: Accounting): string[] {
  return [
    // Every number of the report may be wrong, and none of them shows which.
    ...(lost === 0
      ? []
      : [
          `the counts do not add up: ${formatCount(lost)} of ${formatPlural(received, "request")} lost; ` +
            "this is a defect of shadowdiff, please report it",
        ]),
    // The counts that are gone may be those that the candidate fails by.
    ...(forgotten === 0
      ? []
      : [
          "the store was replaced during the run (its file, or by a standby that did not have the last commits): " +
            `the counts of ${formatPlural(forgotten, "request")} are not in this report; begin a new run`,
        ]),
  ];
}

/** How much of the traffic a verdict does not cover. Not part of the verdict. */
export function accountingGaps({ received, interrupted, mirrored, dropped, skipped }: Accounting): string[] {
  const arrived = formatPlural(received + interrupted, "request");
  const unknown = `${formatCount(interrupted)} of ${arrived} ${wasOrWere(interrupted)} `;
  const gaps = [
    ["dropped before mirroring", sumReasons(dropped), mirrored + sumReasons(dropped), formatReasons(dropped)],
    ["mirrored but skipped", sumReasons(skipped), mirrored, formatReasons(skipped)],
  ] as const;
  return [
    ...(interrupted === 0 ? [] : [`${unknown}in flight when the process or its thread ended`]),
    ...gaps
      .filter(([, count, all]) => count > all * HIGH_LOSS)
      .map(([fate, count, all, reasons]) => {
        const share = `${formatCount(count)} of ${formatPlural(all, "request")} (${formatShare(count / all)})`;
        return `${share} ${wasOrWere(count)} ${fate}: ${reasons}`;
      }),
  ];
}

function wasOrWere(count: number): string {
  return count === 1 ? "was" : "were";
}
