import type { EndpointReport, Report } from "../../model/report.ts";
import { excusedText } from "../../presentation/verdict/excused-text.ts";
import { formatCount, formatInterval, formatPlural, formatShare } from "../../presentation/words/number-format.ts";
import { causeLines, countingCauses } from "./render-causes.ts";
import { latencyLines } from "./render-latency.ts";
import { VERDICT_COLOR, VERDICT_GLYPH, type Paint } from "./terminal-color.ts";
import { escapeText, fit, fitRight, inColumn, nameEndpoints, wrap } from "./terminal-text.ts";

/** Limits the endpoints without findings in a terminal; those with findings are always shown. */
const MAX_ENDPOINTS = 40;
const ENDPOINT_WIDTH = 40;
/** Endpoints with the same causes that are listed with their numbers. */
const MAX_ALIKE = 3;

/** The table of endpoints, each with its latencies and the causes of its differences. */
export function endpointSection({ endpoints }: Report, paint: Paint): readonly string[] {
  if (endpoints.length === 0) return [];
  const withFindings = endpoints.filter(
    (endpoint) => countingCauses(endpoint).length > 0 || endpoint.verdict === "fail",
  );
  const shown = endpoints.slice(0, Math.max(MAX_ENDPOINTS, withFindings.length));
  const heading = `${fit("endpoints", ENDPOINT_WIDTH + 4)}${fitRight("compared", 11)}${fitRight("differed", 11)}${fitRight("parity", 10)}  95% interval`;
  const rest = endpoints.length - shown.length;
  return [
    paint("bold", heading),
    ...foldAlike(shown).flatMap(({ endpoint, alike }) => [...endpointLines(endpoint, paint), ...alikeLines(alike)]),
    ...(rest === 0 ? [] : [`  … and ${formatPlural(rest, "more endpoint")} without findings`]),
    ...inconclusiveLegend(shown).map((line) => paint("dim", line)),
  ];
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

function alikeLines(alike: readonly EndpointReport[]): readonly string[] {
  if (alike.length === 0) return [];
  const text = `… and ${formatPlural(alike.length, "more endpoint")} with the same causes: ${nameEndpoints(alike)}`;
  return wrap(escapeText(text), { start: "    ", indent: "      " });
}

/** Why endpoints are inconclusive. */
function inconclusiveLegend(endpoints: readonly EndpointReport[]): readonly string[] {
  const causes = new Set(endpoints.filter(({ verdict }) => verdict === "inconclusive").flatMap(inconclusiveBecause));
  if (causes.size === 0) return [];
  return wrap(`? inconclusive: ${[...causes].join(", or ")}; without a difference, it does not block the run`, {
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

function endpointLines(endpoint: EndpointReport, paint: Paint): string[] {
  const { verdict, compared, differed, parity } = endpoint;
  const numbers = [
    fitRight(formatCount(compared), 11),
    fitRight(formatCount(differed), 11),
    fitRight(formatShare(parity.rate), 10),
    `  ${formatInterval(parity, formatShare)}`,
  ];
  const glyph = paint(VERDICT_COLOR[verdict], VERDICT_GLYPH[verdict]);
  const [name, ...more] = inColumn(endpoint.endpoint, ENDPOINT_WIDTH, numbers.join(""), "    ");
  const excused = excusedText([endpoint]);
  return [
    `  ${glyph} ${name}`,
    ...more,
    ...(excused === null ? [] : [paint("dim", `      ${excused}`)]),
    ...latencyLines(endpoint.latency, paint),
    ...causeLines(endpoint, paint),
  ];
}
