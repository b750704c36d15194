import type { EndpointReport, LatencyReport, Report } from "../../../model/report.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatPlural,
  formatShare,
  NOT_MEASURED,
} from "../../../presentation/words/number-format.ts";
import { countingCauses } from "../text/render-causes.ts";
import type { MarkdownSection } from "./fit-sections.ts";
import { markdownCode, markdownText, VERDICT_SIGN } from "./markdown-text.ts";

const COLUMNS = ["", "endpoint", "compared", "differed", "parity", "p95", "latency ratio"];
const TABLE_HEAD = `| ${COLUMNS.join(" | ")} |\n|---|---|--:|--:|--:|--:|--:|\n`;

/** The endpoints that decide: those that fail, keep the run from passing, or have causes that count. */
export function findingSection({ endpoints }: Report): MarkdownSection {
  return {
    head: `\n### Endpoints\n\n${TABLE_HEAD}`,
    rows: endpoints.filter(hasFindings).map(tableRow),
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
    foot: "\n</details>\n",
    nameRows: (count) => `${formatPlural(count, "more endpoint")} without findings`,
    share: 0.5,
  };
}

function hasFindings(endpoint: EndpointReport): boolean {
  return (
    endpoint.verdict === "fail" ||
    (endpoint.verdict === "inconclusive" && endpoint.isBlocking) ||
    countingCauses(endpoint).length > 0
  );
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
