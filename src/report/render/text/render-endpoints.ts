import type { EndpointReport, Report } from "../../../model/report.ts";
import { countingCauses } from "../../../presentation/verdict/endpoint-findings.ts";
import { excusedText } from "../../../presentation/verdict/excused-text.ts";
import { formatCount, formatInterval, formatPlural, formatShare } from "../../../presentation/words/number-format.ts";
import { causeLines } from "./render-causes.ts";
import { latencyLines } from "./render-latency.ts";
import type { Page } from "./page.ts";
import { VERDICT_COLOR, VERDICT_GLYPH } from "./terminal-color.ts";
import { escapeText, fit, fitRight, nameEndpoints } from "./terminal-text.ts";

/** Limits the endpoints without findings in a terminal; those with findings are always shown. */
const MAX_ENDPOINTS = 40;
/** Columns of a line apart from the name of the endpoint: sign, numbers, and the interval. */
const NUMBERS_WIDTH = 4 + 11 + 11 + 10;
const INTERVAL_WIDTH = 24;
/** The interval is left out when it would leave less for the name. */
const MIN_NAME_WIDTH = 24;
/** Endpoints with the same causes that are listed with their numbers. */
const MAX_ALIKE = 3;

/** The table of endpoints, each with its latencies and the causes of its differences. */
export function endpointSection({ endpoints }: Report, page: Page): readonly string[] {
  if (endpoints.length === 0) return [];
  const withFindings = endpoints.filter(
    (endpoint) => countingCauses(endpoint).length > 0 || endpoint.verdict === "fail",
  );
  const shown = endpoints.slice(0, Math.max(MAX_ENDPOINTS, withFindings.length));
  const { nameWidth, hasInterval } = columnsOf(page);
  const interval = hasInterval ? "  95% interval" : "";
  const heading = `${fit("endpoints", nameWidth + 4)}${fitRight("compared", 11)}${fitRight("differed", 11)}${fitRight("parity", 10)}${interval}`;
  const rest = endpoints.length - shown.length;
  return [
    page.paint("bold", heading),
    ...foldAlike(shown).flatMap(({ endpoint, alike }) => [
      ...endpointLines(endpoint, page),
      ...alikeLines(alike, page),
    ]),
    ...(rest === 0 ? [] : [`  … and ${formatPlural(rest, "more endpoint")} without findings`]),
    ...inconclusiveLegend(shown, page).map((line) => page.paint("dim", line)),
  ];
}

/** What fits: the wider the page, the longer the names on one line with their numbers. */
function columnsOf({ width }: Page): { readonly nameWidth: number; readonly hasInterval: boolean } {
  const nameWidth = width - NUMBERS_WIDTH;
  const hasInterval = nameWidth - INTERVAL_WIDTH >= MIN_NAME_WIDTH;
  return { nameWidth: hasInterval ? nameWidth - INTERVAL_WIDTH : nameWidth, hasInterval };
}

interface ListedEndpoint {
  readonly endpoint: EndpointReport;
  /** Endpoints that are only named, below this one. */
  readonly alike: readonly EndpointReport[];
}

/** Of endpoints with the same verdict and the same causes, a few are listed; slugs can be hundreds of endpoints. */
function foldAlike(endpoints: readonly EndpointReport[]): readonly ListedEndpoint[] {
  const groups = Map.groupBy(endpoints, (endpoint) => alikeKey(endpoint));
  const below = new Map<EndpointReport, readonly EndpointReport[]>();
  const folded = new Set<EndpointReport>();
  for (const [key, group] of groups) {
    const last = group[MAX_ALIKE - 1];
    if (key === "" || last === undefined || group.length <= MAX_ALIKE + 1) continue;
    const rest = group.slice(MAX_ALIKE);
    below.set(last, rest);
    for (const endpoint of rest) folded.add(endpoint);
  }
  return endpoints
    .filter((endpoint) => !folded.has(endpoint))
    .map((endpoint) => ({ endpoint, alike: below.get(endpoint) ?? [] }));
}

/** Empty without causes. */
function alikeKey(endpoint: EndpointReport): string {
  const titles = countingCauses(endpoint).map(({ title, state, review }) => `${title} ${state} ${review?.signature}`);
  return titles.length === 0 ? "" : [endpoint.verdict, ...titles.toSorted()].join("\n");
}

function alikeLines(alike: readonly EndpointReport[], page: Page): readonly string[] {
  if (alike.length === 0) return [];
  const text = `… and ${formatPlural(alike.length, "more endpoint")} with the same causes: ${nameEndpoints(alike)}`;
  return page.wrap(escapeText(text), { start: "    ", indent: "      " });
}

/** Why endpoints are inconclusive. */
function inconclusiveLegend(endpoints: readonly EndpointReport[], page: Page): readonly string[] {
  const causes = new Set(endpoints.filter(({ verdict }) => verdict === "inconclusive").flatMap(inconclusiveBecause));
  if (causes.size === 0) return [];
  return page.wrap(`? inconclusive: ${[...causes].join(", or ")}; without a difference, it does not block the run`, {
    start: "  ",
    indent: "    ",
  });
}

/** Latency and errors give one reason each; any other is about responses, and more of them help in every case. */
function inconclusiveBecause({ reasons, latency, errors }: EndpointReport): readonly string[] {
  const others = [
    ...(latency.verdict === "inconclusive" ? ["undecided latency"] : []),
    ...(errors.verdict === "inconclusive" ? ["undecided errors"] : []),
  ];
  return reasons.length > others.length ? ["too few responses to judge the endpoint on its own"] : others;
}

function endpointLines(endpoint: EndpointReport, page: Page): string[] {
  const { paint } = page;
  const { nameWidth, hasInterval } = columnsOf(page);
  const { verdict, compared, differed, parity } = endpoint;
  const numbers = [
    fitRight(formatCount(compared), 11),
    fitRight(formatCount(differed), 11),
    fitRight(formatShare(parity.rate), 10),
    hasInterval ? `  ${formatInterval(parity, formatShare)}` : "",
  ];
  const glyph = paint(VERDICT_COLOR[verdict], VERDICT_GLYPH[verdict]);
  const [name, ...more] = page.inColumn(endpoint.endpoint, nameWidth, numbers.join(""), "    ");
  const excused = excusedText([endpoint]);
  return [
    `  ${glyph} ${name}`,
    ...more,
    ...(excused === null ? [] : [paint("dim", `      ${excused}`)]),
    ...latencyLines(endpoint.latency, page),
    ...causeLines(endpoint, page),
  ];
}
