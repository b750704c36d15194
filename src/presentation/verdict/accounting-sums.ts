import type { Accounting } from "../../model/accounting.ts";
import { formatCount } from "../words/number-format.ts";

/** Counts by reason. */
export type ReasonCounts = Readonly<Partial<Record<string, number>>>;

/** One part of a sum, with its reasons if it has any. */
interface AccountingPart {
  readonly name: string;
  readonly count: number;
  readonly reasons: ReasonCounts;
}

/** `received = mirrored + not mirrored + …`: the parts add up to the total, unless a defect has lost a request. */
export interface AccountingSum {
  readonly name: string;
  readonly total: number;
  readonly parts: readonly AccountingPart[];
}

/** The sums of the accounting; each splits a number of the one before. */
export function accountingSums(accounting: Accounting): readonly AccountingSum[] {
  const { received, sampledOut, mirrored, compared, matched, differed, notMirrored, dropped, skipped } = accounting;
  return [
    {
      name: "received",
      total: received,
      parts: [
        part("mirrored", mirrored),
        reasonPart("not mirrored", notMirrored),
        part("sampled out", sampledOut),
        reasonPart("dropped", dropped),
      ],
    },
    { name: "mirrored", total: mirrored, parts: [part("compared", compared), reasonPart("skipped", skipped)] },
    { name: "compared", total: compared, parts: [part("matched", matched), part("differed", differed)] },
  ];
}

/** What no sum contains: requests without a fate. Empty when there are none. */
export function openText({ inFlight, interrupted }: Accounting): string {
  const parts = [
    [inFlight, "in flight"],
    [interrupted, "interrupted"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${formatCount(count)} ${name}`)
    .join(", ");
}

function part(name: string, count: number): AccountingPart {
  return { name, count, reasons: {} };
}

function reasonPart(name: string, reasons: ReasonCounts): AccountingPart {
  return { name, count: sumReasons(reasons), reasons };
}

export function sumReasons(reasons: ReasonCounts): number {
  return Object.values(reasons).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** Every reason that occurred, most frequent first: `queue 12, bytes 3`. */
export function formatReasons(reasons: ReasonCounts): string {
  return Object.entries(reasons)
    .map(([reason, count]) => [reason, count ?? 0] as const)
    .filter(([, count]) => count > 0)
    .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([reason, count]) => `${reason} ${formatCount(count)}`)
    .join(", ");
}
