import type { ConditionCount, Explanation, ExplanationFinding } from "../../../model/explain/explanation.ts";
import type { Mark } from "../../../model/explain/mark.ts";
import type { Isolation } from "../../../model/isolate/isolation.ts";
import type { CauseReport, Report } from "../../../model/report.ts";
import { causeHandle, findingWords, oddsWords, riskWords } from "../../../presentation/explain/cause-explanations.ts";
import { causeStateText } from "../../../presentation/statuses/status-rows.ts";
import { formatCount, formatPlural, formatShare, formatTime } from "../../../presentation/words/number-format.ts";
import { createPage, type Page } from "./page.ts";
import { escapeText, fit, fitRight } from "./terminal-text.ts";

/** What `explain` prints. */
export interface ExplainedCause {
  readonly report: Report;
  readonly cause: CauseReport;
  /** Strongest first. */
  readonly explanations: readonly Explanation[];
  /** Further endpoints with the cause. */
  readonly omitted: number;
  /** Of the cause, newest first. */
  readonly isolations: readonly Isolation[];
  /** Options with which `isolate` finds the running program, the candidate and the endpoint; null if it is not known to run. */
  readonly isolateOptions: readonly string[] | null;
}

/** Columns of a bar: with the condition, or without it. */
const BAR_WIDTH = 20;
/** Marks that are listed, the newest. */
const MAX_MARKS = 20;

/**
 * Renders the explanations of a cause for a terminal. Captured content is escaped, so it cannot act on the terminal.
 * @returns text with a final line break
 */
export function renderExplanation(
  explained: ExplainedCause,
  { color, width }: { readonly color: boolean; readonly width?: number | undefined },
): string {
  const page = createPage(color, width);
  const { explanations } = explained;
  const sections = [
    headSection(explained, page),
    ...(explanations.length === 0 ? [nothingKept(page)] : []),
    ...explanations.map((each) => [...endpointLines(each, page), ...isolatedLines(each, explained.isolations, page)]),
    omittedSection(explained),
    markSection(explanations[0]?.time.marks ?? [], page),
    nextSection(explained),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headSection({ report, cause }: ExplainedCause, page: Page): readonly string[] {
  const own = report.endpoints.filter(({ causes }) => causes.some(({ signature }) => signature === cause.signature));
  const about =
    `cause ${causeHandle(cause)}, ${causeStateText(cause)} on ${formatPlural(own.length, "endpoint")}, ` +
    `candidate ${report.candidate}, run ${report.run.name}`;
  return [
    ...page.wrap(escapeText(cause.title), { start: "", indent: "  " }).map((line) => page.paint("bold", line)),
    ...page.wrap(escapeText(about), { start: "  ", indent: "    " }),
  ];
}

function omittedSection({ omitted }: ExplainedCause): readonly string[] {
  return omitted === 0 ? [] : [`and ${formatPlural(omitted, "more endpoint")}; --endpoint explains one of them`];
}

function nothingKept(page: Page): readonly string[] {
  return page.wrap(
    "no exchange is kept to explain it: explain.enabled is false, or the run is of an earlier version, or too old",
    { start: "  ", indent: "    " },
  );
}

function endpointLines(explanation: Explanation, page: Page): readonly string[] {
  const { endpoint, sentence, findings, time, total, basis } = explanation;
  const { cases, controls, attributes, values, cut } = basis;
  const tested =
    `tested: ${formatPlural(values, "condition")} on ${formatPlural(attributes, "attribute")} of ` +
    `${formatCount(cases)} kept exchanges with the cause and ${formatCount(controls)} without it` +
    (cut.length === 0 ? "" : `; not all ${cut.join(", ")} attributes were kept`);
  const first = time.firstAt === null ? [] : [`first seen: ${formatTime(time.firstAt)}`];
  const moments =
    time.sentence === null || sentence.startsWith(time.sentence.slice(0, -1)) ? first : [...first, time.sentence];
  return [
    ...page.wrap(escapeText(endpoint), { start: "", indent: "  " }).map((line) => page.paint("bold", line)),
    `  ${formatCount(total.count)} of ${formatPlural(total.compared, "response")} differ`,
    ...page.wrap(escapeText(sentence), { start: "  ", indent: "    " }),
    ...findings.flatMap((finding) => findingLines(finding, page)),
    ...[...moments, tested].flatMap((line) =>
      page.wrap(escapeText(line), { start: "  ", indent: "    " }).map((each) => page.paint("dim", each)),
    ),
  ];
}

/** A finding with the share of exchanges that differ with it and without it. */
function findingLines(finding: ExplanationFinding, page: Page): readonly string[] {
  const notes = `${riskWords(finding)}; ${oddsWords(finding)}`;
  return [
    ...page.wrap(escapeText(findingWords(finding)), { start: "    ", indent: "      " }),
    barLine("with", finding.with, page, "red"),
    barLine("without", finding.without, page, "dim"),
    ...page.wrap(notes, { start: "      ", indent: "      " }).map((line) => page.paint("dim", line)),
  ];
}

function barLine(name: string, { count, compared }: ConditionCount, page: Page, color: "red" | "dim"): string {
  const share = compared === 0 ? 0 : count / compared;
  const filled = count === 0 ? 0 : Math.max(1, Math.round(share * BAR_WIDTH));
  const bar = page.paint(color, "█".repeat(filled)) + "·".repeat(BAR_WIDTH - filled);
  const shown = compared === 0 ? "–" : formatShare(share);
  return `      ${fit(name, 8)}${bar} ${fitRight(shown, 7)}  ${formatCount(count)} of ${formatCount(compared)}`;
}

function markSection(marks: readonly Mark[], page: Page): readonly string[] {
  if (marks.length === 0) return [];
  const listed = marks.slice(-MAX_MARKS);
  const rest = marks.length - listed.length;
  return [
    page.paint("bold", "what happened"),
    ...(rest === 0 ? [] : [`  ${formatPlural(rest, "earlier mark")}, then`]),
    ...listed.flatMap((mark) => {
      const text = `${mark.text}${mark.subset === null ? "" : ` [${mark.subset}]`} (${mark.by})`;
      return page.wrap(escapeText(text), {
        start: `  ${formatTime(mark.at)}  ${fit(mark.kind, 14)}`,
        indent: " ".repeat(4),
      });
    }),
  ];
}

/** The smallest request that shows the cause on an endpoint; without one, why the newest attempt found none. */
function isolatedLines({ endpoint }: Explanation, isolations: readonly Isolation[], page: Page): readonly string[] {
  const own = isolations.filter((each) => each.endpoint === endpoint);
  const isolated = own.find(({ state, isMinimal }) => state === "isolated" && isMinimal);
  const shown = isolated ?? own.find(({ state }) => state === "isolated") ?? own[0];
  if (shown === undefined) return [];
  const { message, deciding, request } = shown;
  return [
    "  isolated request",
    ...[message, ...deciding.map(({ words }) => words)].flatMap((line) =>
      page.wrap(escapeText(line), { start: "    ", indent: "      " }),
    ),
    ...(request === null ? [] : request.curl.split("\n").map((line) => `    ${escapeText(line)}`)),
  ];
}

/** How to find the smallest request, unless one is shown. */
function nextSection({ cause, explanations, isolations, isolateOptions }: ExplainedCause): readonly string[] {
  const isShown = ({ endpoint }: Explanation): boolean => isolations.some((each) => each.endpoint === endpoint);
  if (explanations.length > 0 && explanations.every(isShown)) return [];
  const command = ["shadowdiff isolate", causeHandle(cause), ...(isolateOptions ?? ["--url http://ADMIN-ADDRESS"])];
  const when = isolateOptions === null ? " while shadowdiff runs" : "";
  // The command is a line of its own, to be copied.
  return [`next: this finds the smallest request that shows it${when}`, `  ${escapeText(command.join(" "))}`];
}
