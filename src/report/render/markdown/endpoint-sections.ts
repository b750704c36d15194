import type { EndpointReport, LatencyReport, Report } from "../../../model/report.ts";
import { hasFindings } from "../../../presentation/verdict/endpoint-findings.ts";
import { excusedText } from "../../../presentation/verdict/excused-text.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatPlural,
  formatShare,
  NOT_MEASURED,
} from "../../../presentation/words/number-format.ts";
import type { MarkdownSection } from "./fit-sections.ts";
import { markdownCode, markdownText, VERDICT_SIGN } from "./markdown-text.ts";

const COLUMNS = ["", "endpoint", "compared", "differed", "parity", "p95", "latency ratio"];
const TABLE_HEAD = `| ${COLUMNS.join(" | ")} |\n|---|---|--:|--:|--:|--:|--:|\n`;

/** The endpoints that decide: those that fail, keep the run from passing, or have causes that count. */
export function findingSection({ endpoints }: Report): MarkdownSection {
  const found = endpoints.filter(hasFindings);
  return {
    head: `\n### Endpoints\n\n${TABLE_HEAD}`,
    rows: found.map(tableRow),
    foot: excusedNote(found),
    nameRows: (count) => `${formatPlural(count, "more endpoint")} with findings`,
    share: 0.5,
  };
}

/** The other endpoints, folded. */
export function quietSection({ endpoints }: Report): MarkdownSection {
  const quiet = endpoints.filter((endpoint) => !hasFindings(endpoint));
  return {
    head: `\n<details><summary>${formatPlural(quiet.length, "endpoint")} without findings</summary>\n\n${TABLE_HEAD}`,
    rows: quiet.map(tableRow),
    foot: `${excusedNote(quiet)}\n</details>\n`,
    nameRows: (count) => `${formatPlural(count, "more endpoint")} without findings`,
    share: 0.5,
  };
}

/** Why the table's parity is better than its numbers of responses that differ. */
function excusedNote(endpoints: readonly EndpointReport[]): string {
  const text = excusedText(endpoints);
  return text === null ? "" : `\n${markdownText(text)}\n`;
}

function tableRow({ verdict, endpoint, compared, differed, parity, latency }: EndpointReport): string {
  const interval = formatInterval(parity, formatShare);
  const cells = [
    VERDICT_SIGN[verdict],
    markdownCode(endpoint),
    formatCount(compared),
    formatCount(differed),
    markdownText(`${formatShare(parity.rate)} (${interval})`),
    slowText(latency),
    latency.ratio === null ? NOT_MEASURED : formatFactor(latency.ratio.estimate),
  ];
  return `| ${cells.join(" | ")} |\n`;
}

function slowText({ primary, candidate }: LatencyReport): string {
  if (primary.p95 === null) return NOT_MEASURED;
  return `${formatDuration(primary.p95)} → ${formatDuration(candidate.p95)}`;
}
