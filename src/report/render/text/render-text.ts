import type { Report } from "../../../model/report.ts";
import {
  accountingSums,
  formatReasons,
  openText,
  type ReasonCounts,
} from "../../../presentation/verdict/accounting-sums.ts";
import { baselineText } from "../../../presentation/verdict/baseline-text.ts";
import { excusedText } from "../../../presentation/verdict/excused-text.ts";
import { headlines } from "../../../presentation/verdict/headlines.ts";
import { formatCount, formatTime } from "../../../presentation/words/number-format.ts";
import { sharedCauseSection } from "./render-causes.ts";
import { contractSection } from "./render-contract.ts";
import { endpointSection } from "./render-endpoints.ts";
import { diffySection, noiseSection } from "./render-fields.ts";
import { gateSection } from "./render-gate.ts";
import { latencySection } from "./render-latency.ts";
import { createPage, type Page } from "./page.ts";
import { placeboSection } from "./render-placebo.ts";
import { ruleSection } from "./render-rules.ts";
import { suggestionSection } from "./render-suggestions.ts";
import { statusSection } from "./render-statuses.ts";
import { VERDICT_COLOR } from "./terminal-color.ts";
import { escapeText, fit, fitRight } from "./terminal-text.ts";

type Section = (report: Report, page: Page) => readonly string[];

/** From the verdict to the details. */
const SECTIONS: readonly Section[] = [
  verdictSection,
  statusSection,
  reasonSection,
  gateSection,
  placeboSection,
  accountingSection,
  contractSection,
  sharedCauseSection,
  endpointSection,
  latencySection,
  noiseSection,
  ruleSection,
  suggestionSection,
];

export interface TextOptions {
  /** ANSI colors; words and glyphs say the same without them. */
  readonly color: boolean;
  /** Columns of the terminal; by default those of a file or a pipe. */
  readonly width?: number | undefined;
  /** Adds Diffy's numbers. */
  readonly diffy: boolean;
}

/**
 * Renders a report for a terminal. Captured content is escaped, so it cannot act on the terminal.
 * @returns text with a final line break; its first line is `verdict: pass`, `fail` or `inconclusive`
 */
export function renderText(report: Report, { color, width, diffy }: TextOptions): string {
  const page = createPage(color, width);
  const chosen = diffy ? [...SECTIONS, diffySection] : SECTIONS;
  const sections = chosen.map((section) => section(report, page)).filter((lines) => lines.length > 0);
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** What a person would say first, and then which run it is about. */
function verdictSection(report: Report, page: Page): string[] {
  const { verdict, run, candidate } = report;
  const baseline = baselineText(report);
  const name = run.name === run.id ? run.id : `${run.name} (${run.id})`;
  const ended = run.endedAt === null ? "" : `, ended ${formatTime(run.endedAt)}`;
  const subject = candidate === "candidate" ? "candidate" : `candidate ${candidate}`;
  const about = `${subject}, run ${name}, started ${formatTime(run.startedAt)}${ended}`;
  return [
    `verdict: ${page.paint(VERDICT_COLOR[verdict], verdict)}`,
    ...[...headlines(report), ...(baseline === null ? [] : [baseline]), about].flatMap((line) =>
      page.wrap(escapeText(line), { start: "  ", indent: "    " }),
    ),
  ];
}

function reasonSection({ reasons }: Report, page: Page): string[] {
  const lines = reasons.flatMap((reason) => page.wrap(escapeText(reason), { start: "  · ", indent: "    " }));
  return [page.paint("bold", "reasons"), ...lines];
}

/** The parts of each sum add up, unless a defect has lost a request. */
function accountingSection({ accounting, endpoints }: Report, page: Page): string[] {
  const lines = accountingSums(accounting).flatMap(({ name, total, parts }) => {
    const terms = parts
      .map((part) => `${formatCount(part.count)} ${part.name}${reasonsText(part.reasons)}`)
      .join(" + ");
    const open = total - parts.reduce((sum, { count }) => sum + count, 0);
    const rest = open === 0 ? "" : open > 0 ? ` + ${formatCount(open)} lost` : `, ${formatCount(-open)} too many`;
    const start = `  ${fit(name, 9)}${fitRight(formatCount(total), 11)} = `;
    return page.wrap(`${terms}${rest}`, { start, indent: " ".repeat(start.length) });
  });
  const { noiseCompared } = accounting;
  const have = noiseCompared === 1 ? "has" : "have";
  const pairs = `  ${formatCount(noiseCompared)} of the compared exchanges also ${have} a secondary response`;
  const excused = excusedText(endpoints);
  const open = openText(accounting);
  const notes = [...(open === "" ? [] : [`  not counted: ${open}`]), ...(excused === null ? [] : [`  ${excused}`])];
  return [page.paint("bold", "accounting"), ...lines, ...notes, pairs];
}

function reasonsText(reasons: ReasonCounts): string {
  const text = formatReasons(reasons);
  return text === "" ? "" : ` (${text})`;
}
