import type { Report } from "../../../model/report.ts";
import {
  contractRows,
  coverageText,
  nameTexts,
  primaryViolations,
} from "../../../presentation/contract/contract-words.ts";
import { formatCount } from "../../../presentation/words/number-format.ts";
import type { Page } from "./page.ts";
import { escapeText, fitRight } from "./terminal-text.ts";

const COUNT_WIDTH = 12;

/** How much of the contract was compared, and which responses break it. */
export function contractSection({ contract, endpoints }: Report, page: Page): readonly string[] {
  if (contract === undefined) return [];
  const rows = contract.responses === null ? [] : contractRows(contract.responses);
  return [
    page.paint("bold", "contract"),
    `  ${coverageText(contract)}`,
    ...nameTexts(contract).flatMap((text) => page.wrap(escapeText(text), { start: "  ", indent: "    " })),
    ...rows.map(({ words, count }) => `  ${fitRight(formatCount(count), COUNT_WIDTH)}  ${words}`),
    ...primaryViolations(endpoints).flatMap((text) =>
      page.wrap(escapeText(text), { start: "    · ", indent: "      " }),
    ),
  ];
}
