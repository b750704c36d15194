import type { Report } from "../../model/report.ts";
import {
  accountingSums,
  formatReasons,
  openText,
  type ReasonCounts,
} from "../../presentation/verdict/accounting-sums.ts";
import { excusedText } from "../../presentation/verdict/excused-text.ts";
import { headlines } from "../../presentation/verdict/headlines.ts";
import { formatCount, formatTime } from "../../presentation/words/number-format.ts";
import { sharedCauseSection } from "./render-causes.ts";
import { endpointSection } from "./render-endpoints.ts";
import { diffySection, noiseSection } from "./render-fields.ts";
import { gateSection } from "./render-gate.ts";
import { latencySection } from "./render-latency.ts";
import { placeboSection } from "./render-placebo.ts";
import { ruleSection } from "./render-rules.ts";
import { suggestionSection } from "./render-suggestions.ts";
import { statusSection } from "./render-statuses.ts";
import { createPaint, VERDICT_COLOR, type Paint } from "./terminal-color.ts";
import { escapeText, fit, fitRight, wrap } from "./terminal-text.ts";

type Section = (report: Report, paint: Paint) => readonly string[];

/** From the verdict to the details. */
const SECTIONS: readonly Section[] = [
  verdictSection,
  statusSection,
  reasonSection,
  gateSection,
  placeboSection,
  accountingSection,
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
  /** Adds Diffy's numbers. */
  readonly diffy: boolean;
}

/**
 * Renders a report for a terminal. Captured content is escaped, so it cannot act on the terminal.
 * @returns text with a final line break; its first line is `verdict: pass`, `fail` or `inconclusive`
 */
export function renderText(report: Report, { color, diffy }: TextOptions): string {
  const paint = createPaint(color);
  const chosen = diffy ? [...SECTIONS, diffySection] : SECTIONS;
  const sections = chosen.map((section) => section(report, paint)).filter((lines) => lines.length > 0);
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** What a person would say first, and then which run it is about. */
function verdictSection(report: Report, paint: Paint): string[] {
  const { verdict, run, candidate } = report;
  const name = run.name === run.id ? run.id : `${run.name} (${run.id})`;
  const ended = run.endedAt === null ? "" : `, ended ${formatTime(run.endedAt)}`;
  const about = `candidate ${candidate}, run ${name}, started ${formatTime(run.startedAt)}${ended}`;
  return [
    `verdict: ${paint(VERDICT_COLOR[verdict], verdict)}`,
    ...[...headlines(report), about].flatMap((line) => wrap(escapeText(line), { start: "  ", indent: "    " })),
  ];
}

function reasonSection({ reasons }: Report, paint: Paint): string[] {
  const lines = reasons.flatMap((reason) => wrap(escapeText(reason), { start: "  · ", indent: "    " }));
  return [paint("bold", "reasons"), ...lines];
}

/** The parts of each sum add up, unless a defect has lost a request. */
function accountingSection({ accounting, endpoints }: Report, paint: Paint): string[] {
  const lines = accountingSums(accounting).flatMap(({ name, total, parts }) => {
    const terms = parts
      .map((part) => `${formatCount(part.count)} ${part.name}${reasonsText(part.reasons)}`)
      .join(" + ");
    const open = total - parts.reduce((sum, { count }) => sum + count, 0);
    const rest = open === 0 ? "" : open > 0 ? ` + ${formatCount(open)} lost` : `, ${formatCount(-open)} too many`;
    const start = `  ${fit(name, 9)}${fitRight(formatCount(total), 11)} = `;
    return wrap(`${terms}${rest}`, { start, indent: " ".repeat(start.length) });
  });
  const { noiseCompared } = accounting;
  const have = noiseCompared === 1 ? "has" : "have";
  const pairs = `  ${formatCount(noiseCompared)} of the compared exchanges also ${have} a secondary response`;
  const excused = excusedText(endpoints);
  const open = openText(accounting);
  const notes = [...(open === "" ? [] : [`  not counted: ${open}`]), ...(excused === null ? [] : [`  ${excused}`])];
  return [paint("bold", "accounting"), ...lines, ...notes, pairs];
}

function reasonsText(reasons: ReasonCounts): string {
  const text = formatReasons(reasons);
  return text === "" ? "" : ` (${text})`;
}
