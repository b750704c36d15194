import type { Report } from "../../../model/report.ts";
import { accountingSums, formatReasons, openText, sumReasons } from "../../../presentation/verdict/accounting-sums.ts";
import { contractLines } from "../../../presentation/contract/contract-words.ts";
import { baselineText } from "../../../presentation/verdict/baseline-text.ts";
import { countEndpoints } from "../../../presentation/verdict/endpoint-counts.ts";
import { excusedText } from "../../../presentation/verdict/excused-text.ts";
import { gateRows } from "../../../presentation/verdict/gate-rows.ts";
import { headlines } from "../../../presentation/verdict/headlines.ts";
import { formatCount, formatPlural, formatTime } from "../../../presentation/words/number-format.ts";
import { causeSection, noiseSection } from "./cause-sections.ts";
import { findingSection, quietSection } from "./endpoint-sections.ts";
import { fitSections, type MarkdownSection } from "./fit-sections.ts";
import { markdownCode, markdownText, VERDICT_SIGN } from "./markdown-text.ts";

/**
 * Renders a report as GitHub Flavored Markdown: what decides comes first, what is long is folded. Captured content cannot act as
 * markup, link, mention or reference.
 * @param maxBytes of the result in UTF-8
 * @returns text with a final line break; what does not fit is left out, the least important first, with a sentence that says so
 */
export function renderMarkdown(report: Report, maxBytes: number): string {
  const sections: readonly MarkdownSection[] = [
    gateSection(report),
    reasonSection(report),
    findingSection(report),
    causeSection(report),
    contractSection(report),
    quietSection(report),
    noiseSection(report),
    accountingSection(report),
  ];
  return fitSections(titleText(report), sections, maxBytes);
}

/** The comment in the first line lets a pipeline find its own comment and replace it. */
function titleText(report: Report): string {
  const { verdict, run, candidate } = report;
  const baseline = baselineText(report);
  const [first = "", ...others] = headlines(report).map(markdownText);
  const name = run.name === run.id ? markdownCode(run.id) : `${markdownCode(run.name)} (${markdownCode(run.id)})`;
  const ended = run.endedAt === null ? "" : `, ended ${formatTime(run.endedAt)}`;
  const times = markdownText(`started ${formatTime(run.startedAt)}${ended}`);
  const subject = candidate === "candidate" ? "Candidate" : `Candidate ${markdownCode(candidate)}`;
  return [
    "<!-- shadowdiff report -->\n",
    `## ${VERDICT_SIGN[verdict]} shadowdiff: ${verdict}\n\n`,
    `**${first}**\n\n`,
    ...others.map((line) => `${line}\n\n`),
    ...(baseline === null ? [] : [`Compared ${markdownText(baseline)}\n\n`]),
    `${subject}, run ${name}, ${times}\n`,
  ].join("");
}

function gateSection(report: Report): MarkdownSection {
  const rows = gateRows({ ...report, endpointCounts: countEndpoints(report.endpoints) });
  return {
    head: "\n### Gate\n\n| | threshold | measured | |\n|---|---|---|---|\n",
    rows: rows.map(({ name, limit, measured, interval, note, verdict }) => {
      const more = [...(interval === null ? [] : [interval]), ...(note === null ? [] : [note])].join("; ");
      const cells = [VERDICT_SIGN[verdict], ...[`${name} ${limit}`, measured, more].map(markdownText)];
      return `| ${cells.join(" | ")} |\n`;
    }),
    nameRows: (count) => formatPlural(count, "more threshold"),
    share: 1,
  };
}

function reasonSection({ reasons }: Report): MarkdownSection {
  return {
    head: "\n### Reasons\n\n",
    rows: reasons.map((reason) => `- ${markdownText(reason)}\n`),
    nameRows: (count) => formatPlural(count, "more reason"),
    share: 0.4,
  };
}

/** How much of the contract was compared, and how responses keep to it. */
function contractSection(report: Report): MarkdownSection {
  return {
    head: "\n### Contract\n\n",
    rows: contractLines(report).map((line) => `- ${markdownText(line)}\n`),
    nameRows: (count) => `${formatPlural(count, "more line")} about the contract`,
    share: 0.5,
  };
}

function accountingSection({ accounting, endpoints }: Report): MarkdownSection {
  const sums = accountingSums(accounting).map(({ name, total, parts }) => {
    const terms = parts.map(({ name: part, count, reasons }) => {
      const why = sumReasons(reasons) === 0 ? "" : ` (${formatReasons(reasons)})`;
      return `${formatCount(count)} ${part}${why}`;
    });
    return `${formatCount(total)} ${name} = ${terms.join(" + ")}`;
  });
  const open = openText(accounting);
  const excused = excusedText(endpoints);
  const lines = [
    ...sums,
    ...(open === "" ? [] : [`not counted: ${open}`]),
    ...(excused === null ? [] : [excused]),
    `${formatCount(accounting.noiseCompared)} of the compared exchanges also have a secondary response`,
  ];
  return {
    head: "\n<details><summary>Accounting of requests</summary>\n\n",
    rows: lines.map((line) => `- ${markdownText(line)}\n`),
    foot: "\n</details>\n",
    nameRows: (count) => formatPlural(count, "more line"),
    share: 1,
  };
}
