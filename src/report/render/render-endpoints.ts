import type { EndpointReport, Report } from "../../model/report.ts";
import { VERDICT_COLOUR, VERDICT_GLYPH, type Paint } from "./terminal-colour.ts";
import { causeLines, shownCauses } from "./render-causes.ts";
import { latencyLines } from "./render-latency.ts";
import { fit, fitRight, inColumn, TEXT_WIDTH, wrap } from "./terminal-text.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/number-format.ts";

/** Endpoints without an open question are shown up to this many in all; a terminal is not the place for all of them. */
const MAX_ENDPOINTS = 40;
const ENDPOINT_WIDTH = 40;

/** The table of endpoints, each with its latencies, and with the causes of what differs. */
export function endpointSection({ endpoints }: Report, paint: Paint): readonly string[] {
  if (endpoints.length === 0) return [];
  const urgent = endpoints.filter((endpoint) => shownCauses(endpoint).length > 0 || endpoint.verdict === "fail");
  const shown = endpoints.slice(0, Math.max(MAX_ENDPOINTS, urgent.length));
  const heading = `${fit("endpoints", ENDPOINT_WIDTH + 4)}${fitRight("compared", 11)}${fitRight("differed", 11)}${fitRight("parity", 10)}  95 % interval`;
  const hidden = endpoints.length - shown.length;
  return [
    paint("bold", heading),
    ...shown.flatMap((endpoint) => endpointLines(endpoint, paint)),
    ...(hidden === 0 ? [] : [`  … and ${formatPlural(hidden, "more endpoint")} without such differences`]),
    ...openLegend(shown).map((line) => paint("dim", line)),
  ];
}

/** What the endpoints lack that are open. */
function openLegend(endpoints: readonly EndpointReport[]): readonly string[] {
  const lacks = new Set(endpoints.filter(({ verdict }) => verdict === "inconclusive").flatMap(lacksOf));
  if (lacks.size === 0) return [];
  return wrap(`? has ${[...lacks].join(", or ")}; without a difference it keeps no run from passing`, {
    start: "  ",
    indent: "    ",
    width: TEXT_WIDTH,
  });
}

/** Each open question tells one reason; another one is about the answers, and more of them are the remedy of all. */
function lacksOf({ reasons, latency, errors }: EndpointReport): readonly string[] {
  const others = [
    ...(latency.verdict === "inconclusive" ? ["a latency that is not decided yet"] : []),
    ...(errors.verdict === "inconclusive" ? ["errors that are not decided yet"] : []),
  ];
  return reasons.length > others.length ? ["too few answers to be judged by itself"] : others;
}

function endpointLines(endpoint: EndpointReport, paint: Paint): string[] {
  const { verdict, compared, differed, parity } = endpoint;
  const interval = `${formatShare(parity.low)} – ${formatShare(parity.high)}`;
  const numbers = [
    fitRight(formatCount(compared), 11),
    fitRight(formatCount(differed), 11),
    fitRight(formatShare(parity.rate), 10),
  ];
  const glyph = paint(VERDICT_COLOUR[verdict], VERDICT_GLYPH[verdict]);
  const [name, ...more] = inColumn(endpoint.endpoint, ENDPOINT_WIDTH, `${numbers.join("")}  ${interval}`, "    ");
  return [`  ${glyph} ${name}`, ...more, ...latencyLines(endpoint.latency, paint), ...causeLines(endpoint, paint)];
}
