import type { ContractCounts, ContractReport, ContractViolation } from "../../model/contract/contract-report.ts";
import type { Report } from "../../model/report.ts";
import { formatField } from "../words/difference-words.ts";
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

const MAX_NAMES = 10;
const MAX_VIOLATIONS = 10;

/** A contract in lines: coverage, names, counts, and where the primary breaks it. @returns none without a contract */
export function contractLines({ contract, endpoints }: Pick<Report, "contract" | "endpoints">): readonly string[] {
  if (contract === undefined) return [];
  const { responses } = contract;
  const rows = responses === null ? [] : contractRows(responses);
  return [
    coverageText(contract),
    ...nameTexts(contract),
    ...rows.map(({ words, count }) => `${words}: ${formatCount(count)}`),
    ...primaryViolations(endpoints),
  ];
}

/** The operations that were never compared, and the endpoints that are no operation: `never compared: GET /a and 3 more`. */
export function nameTexts({
  missing,
  undocumented,
}: Pick<ContractReport, "missing" | "undocumented">): readonly string[] {
  return [...nameText("never compared", missing), ...nameText("not in the contract", undocumented)];
}

function nameText(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const rest = names.length - MAX_NAMES;
  return [`${what}: ${names.slice(0, MAX_NAMES).join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`];
}

/** Where the primary breaks the contract: what only the candidate breaks is among its differences. */
export function primaryViolations(endpoints: Report["endpoints"]): readonly string[] {
  const all = endpoints.flatMap(({ endpoint, contract }) =>
    (contract?.violations ?? [])
      .filter(({ both, primaryOnly }) => both + primaryOnly > 0)
      .map((violation) => `${endpoint}: ${formatField(violation)}: ${sharedText(violation)}`),
  );
  const rest = all.length - MAX_VIOLATIONS;
  return rest > 0 ? [...all.slice(0, MAX_VIOLATIONS), `… and ${formatPlural(rest, "more place")}`] : all;
}

function sharedText({ both, primaryOnly }: ContractViolation): string {
  const parts = [
    ...(both === 0 ? [] : [`both break it in ${formatPlural(both, "exchange")}`]),
    ...(primaryOnly === 0 ? [] : [`only the primary in ${formatPlural(primaryOnly, "exchange")}`]),
  ];
  return parts.join(", ");
}
