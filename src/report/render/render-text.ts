import type { Report } from "../../model/report.ts";
import { createPaint, VERDICT_COLOUR, type Paint } from "./terminal-colour.ts";
import { endpointSection } from "./render-endpoints.ts";
import { diffySection, noiseSection } from "./render-fields.ts";
import { gateSection } from "./render-gate.ts";
import { latencySection } from "./render-latency.ts";
import { placeboSection } from "./render-placebo.ts";
import { ruleSection } from "./render-rules.ts";
import { accountingSums, formatReasons, type ReasonCounts } from "../../presentation/accounting-sums.ts";
import { escapeText, fit, fitRight, TEXT_WIDTH, wrap } from "./terminal-text.ts";
import { formatCount } from "../../presentation/number-format.ts";

type Section = (report: Report, paint: Paint) => readonly string[];

/** From the answer to the details. */
const SECTIONS: readonly Section[] = [
  verdictSection,
  reasonSection,
  gateSection,
  placeboSection,
  accountingSection,
  endpointSection,
  latencySection,
  noiseSection,
  ruleSection,
];

/**
 * The report for a terminal. Captured content in it is escaped, so it cannot act on the terminal.
 * @param options.colour ANSI colours; words and glyphs say the same without them
 * @param options.diffy what Diffy would show, too
 * @returns text that ends with a line break; its first line is `verdict: pass`, `fail` or `inconclusive`
 */
export function renderText(report: Report, options: { readonly colour: boolean; readonly diffy: boolean }): string {
  const paint = createPaint(options.colour);
  const chosen = options.diffy ? [...SECTIONS, diffySection] : SECTIONS;
  const sections = chosen.map((section) => section(report, paint)).filter((lines) => lines.length > 0);
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function verdictSection({ verdict, run, candidate }: Report, paint: Paint): string[] {
  const name = run.name === run.id ? run.id : `${run.name} (${run.id})`;
  const started = new Date(run.startedAt).toISOString().slice(0, 19).replace("T", " ");
  return [
    `verdict: ${paint(VERDICT_COLOUR[verdict], verdict)}`,
    ...wrap(escapeText(`candidate ${candidate}, run ${name}, started ${started} UTC`), {
      start: "  ",
      indent: "    ",
      width: TEXT_WIDTH,
    }),
  ];
}

function reasonSection({ reasons }: Report, paint: Paint): string[] {
  const lines = reasons.flatMap((reason) =>
    wrap(escapeText(reason), { start: "  · ", indent: "    ", width: TEXT_WIDTH }),
  );
  return [paint("bold", "reasons"), ...lines];
}

/** At rest, the parts of each sum add up; while traffic flows, some requests are in flight. */
function accountingSection({ accounting }: Report, paint: Paint): string[] {
  const lines = accountingSums(accounting).flatMap(({ name, total, parts }) => {
    const terms = parts
      .map((part) => `${formatCount(part.count)} ${part.name}${reasonsText(part.reasons)}`)
      .join(" + ");
    const open = total - parts.reduce((sum, { count }) => sum + count, 0);
    const rest = open === 0 ? "" : open > 0 ? ` + ${formatCount(open)} in flight` : `, ${formatCount(-open)} too many`;
    const start = `  ${fit(name, 9)}${fitRight(formatCount(total), 11)} = `;
    return wrap(`${terms}${rest}`, { start, indent: " ".repeat(start.length), width: TEXT_WIDTH });
  });
  const { noiseCompared } = accounting;
  const have = noiseCompared === 1 ? "has" : "have";
  const pairs = `  ${formatCount(noiseCompared)} of the compared also ${have} a secondary response`;
  return [paint("bold", "accounting"), ...lines, pairs];
}

function reasonsText(reasons: ReasonCounts): string {
  const text = formatReasons(reasons);
  return text === "" ? "" : ` (${text})`;
}
