import type { ContractViolation } from "../../../model/contract/contract-report.ts";
import type { Report } from "../../../model/report.ts";
import { contractRows, coverageText } from "../../../presentation/contract/contract-words.ts";
import { formatField } from "../../../presentation/words/difference-words.ts";
import { formatCount, formatPlural } from "../../../presentation/words/number-format.ts";
import type { Page } from "./page.ts";
import { escapeText, fitRight } from "./terminal-text.ts";

const MAX_NAMES = 10;
const MAX_VIOLATIONS = 10;
const COUNT_WIDTH = 12;

/** How much of the contract was compared, and which responses break it. */
export function contractSection({ contract, endpoints }: Report, page: Page): readonly string[] {
  if (contract === undefined) return [];
  const { missing, undocumented, responses } = contract;
  const rows = responses === null ? [] : contractRows(responses);
  const shared = endpoints.flatMap(({ endpoint, contract: own }) =>
    (own?.violations ?? []).filter(isOfPrimary).map((violation) => ({ endpoint, violation })),
  );
  const rest = shared.length - MAX_VIOLATIONS;
  return [
    page.paint("bold", "contract"),
    `  ${coverageText(contract)}`,
    ...nameLines("never compared", missing, page),
    ...nameLines("not in the contract", undocumented, page),
    ...rows.map(({ words, count }) => `  ${fitRight(formatCount(count), COUNT_WIDTH)}  ${words}`),
    ...shared.slice(0, MAX_VIOLATIONS).flatMap(({ endpoint, violation }) => {
      const text = escapeText(`${endpoint}: ${formatField(violation)}: ${sharedText(violation)}`);
      return page.wrap(text, { start: "    · ", indent: "      " });
    }),
    ...(rest > 0 ? [`    … and ${formatPlural(rest, "more place")}`] : []),
  ];
}

function nameLines(what: string, names: readonly string[], page: Page): readonly string[] {
  if (names.length === 0) return [];
  const rest = names.length - MAX_NAMES;
  const text = `${what}: ${names.slice(0, MAX_NAMES).join(", ")}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`;
  return page.wrap(escapeText(text), { start: "  ", indent: "    " });
}

/** What only the candidate breaks is among its differences. */
function isOfPrimary({ both, primaryOnly }: ContractViolation): boolean {
  return both + primaryOnly > 0;
}

function sharedText({ both, primaryOnly }: ContractViolation): string {
  const parts = [
    ...(both === 0 ? [] : [`both break it in ${formatPlural(both, "exchange")}`]),
    ...(primaryOnly === 0 ? [] : [`only the primary in ${formatPlural(primaryOnly, "exchange")}`]),
  ];
  return parts.join(", ");
}
