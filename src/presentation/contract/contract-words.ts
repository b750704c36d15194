import type { ContractCounts, ContractReport } from "../../model/contract/contract-report.ts";
import { formatCount, formatPlural, formatShare } from "../words/number-format.ts";

/** How much of a contract was compared: `9 of 11 operations were compared (81.82%)`. */
export function coverageText({ operations, compared }: Pick<ContractReport, "operations" | "compared">): string {
  const were = operations === 1 ? "was" : "were";
  const share = formatShare(compared / Math.max(1, operations));
  return `${formatCount(compared)} of ${formatPlural(operations, "operation")} ${were} compared (${share})`;
}

/** A count of exchanges and what their responses do, for a table. */
export interface ContractRow {
  readonly name: keyof ContractCounts;
  readonly words: string;
  readonly count: number;
}

const WORDS: Readonly<Record<keyof ContractCounts, string>> = {
  conforming: "both responses conform",
  candidateBreaks: "only the candidate breaks the contract",
  primaryBreaks: "only the primary breaks it (fixed)",
  bothBreak: "both break it in the same places",
  notJudged: "not judged: a response is incomplete or too large",
};

/** The counts of exchanges, without those that did not occur apart from the first two. */
export function contractRows(counts: ContractCounts): readonly ContractRow[] {
  const rows = Object.entries(WORDS) as readonly (readonly [keyof ContractCounts, string])[];
  return rows
    .map(([name, words]) => ({ name, words, count: counts[name] }))
    .filter(({ name, count }) => count > 0 || name === "conforming" || name === "candidateBreaks");
}
