import type { EndpointReport, FieldReport, LatencyReport, Quantiles, Report } from "../model/report.ts";
import { VERDICT_COLOUR, VERDICT_GLYPH, type Paint } from "./paint.ts";
import { escapeText, fit, fitRight, TEXT_WIDTH, widthOf, wrap } from "./terminal-text.ts";
import { countText, factorText, percentText } from "./wording.ts";

/** Endpoints without an open question are shown up to this many in all; a terminal is not the place for all of them. */
const MAX_ENDPOINTS = 40;
const MAX_FIELDS = 20;

const OPEN_LEGEND = "  ? has too few answers to be judged by itself; without a difference it keeps no run from passing";

const ENDPOINT_WIDTH = 40;
const PATH_WIDTH = 44;
const FIELD_INDENT = "      ";

/** The table of endpoints, each with its latencies, and with the fields that count against it. */
export function endpointSection({ endpoints }: Report, paint: Paint): readonly string[] {
  if (endpoints.length === 0) return [];
  const urgent = endpoints.filter((endpoint) => countingFields(endpoint).length > 0 || endpoint.verdict === "fail");
  const shown = endpoints.slice(0, Math.max(MAX_ENDPOINTS, urgent.length));
  const heading = `${fit("endpoints", ENDPOINT_WIDTH + 4)}${fitRight("compared", 11)}${fitRight("differed", 11)}${fitRight("parity", 10)}  95 % interval`;
  const hidden = endpoints.length - shown.length;
  return [
    paint("bold", heading),
    ...shown.flatMap((endpoint) => endpointLines(endpoint, paint)),
    ...(hidden === 0 ? [] : [`  … and ${countText(hidden)} more endpoints without such differences`]),
    ...(shown.some(({ verdict }) => verdict === "inconclusive") ? [paint("dim", OPEN_LEGEND)] : []),
  ];
}

/** Fields in which two copies of the primary's version disagree: they count for nothing, and are shown so that one can see it. */
export function noiseSection({ endpoints }: Report, paint: Paint): readonly string[] {
  const noisy = endpoints
    .map((endpoint) => ({ endpoint, fields: endpoint.differences.filter(({ verdict }) => verdict === "noise") }))
    .filter(({ fields }) => fields.length > 0);
  if (noisy.length === 0) return [];
  return [
    paint("bold", "noise: the secondary differs here as well, so these fields count for nothing"),
    ...noisy.flatMap(({ endpoint, fields }) => [
      ...wrap(escapeText(endpoint.endpoint), { start: "  ", indent: "    ", width: TEXT_WIDTH }),
      ...fieldLines(fields, paint),
    ]),
  ];
}

function endpointLines(endpoint: EndpointReport, paint: Paint): string[] {
  const { verdict, compared, differed, parity } = endpoint;
  const interval = `${percentText(parity.low)} – ${percentText(parity.high)}`;
  const numbers = [
    fitRight(countText(compared), 11),
    fitRight(countText(differed), 11),
    fitRight(percentText(parity.rate), 10),
  ];
  const glyph = paint(VERDICT_COLOUR[verdict], VERDICT_GLYPH[verdict]);
  const [name, ...more] = inColumn(endpoint.endpoint, ENDPOINT_WIDTH, `${numbers.join("")}  ${interval}`, "    ");
  return [
    `  ${glyph} ${name}`,
    ...more,
    ...latencyLines(endpoint.latency, paint),
    ...fieldLines(countingFields(endpoint), paint),
  ];
}

/** A captured name in a column and what stands to its right: on the same line, or on the next if the name is too long. */
function inColumn(name: string, columns: number, rest: string, indent: string): string[] {
  const text = escapeText(name);
  if (widthOf(text) <= columns) return [fit(text, columns) + rest];
  const lines = wrap(text, { start: indent, indent, width: TEXT_WIDTH });
  return [...lines, indent + " ".repeat(columns) + rest].map((line, index) =>
    index === 0 ? line.slice(indent.length) : line,
  );
}

function countingFields({ differences }: EndpointReport): FieldReport[] {
  return differences.filter(({ verdict }) => verdict !== "noise");
}

function latencyLines({ primary, candidate, ratio }: LatencyReport, paint: Paint): string[] {
  const shift = (name: keyof Quantiles): string => `${name} ${msText(primary[name])} → ${msText(candidate[name])}`;
  if (primary.p50 === null) return [];
  const factor =
    ratio === null ? "" : `  × ${factorText(ratio.estimate)} (${factorText(ratio.low)} – ${factorText(ratio.high)})`;
  const line = `      ms  ${shift("p50")}  ${shift("p95")}  ${shift("p99")}${factor}`;
  return [paint("dim", fit(line, TEXT_WIDTH).trimEnd())];
}

/** Milliseconds with three significant digits, and whole from 100 on. */
function msText(milliseconds: number | null): string {
  if (milliseconds === null) return "–";
  return milliseconds >= 100 ? countText(Math.round(milliseconds)) : String(Number(milliseconds.toPrecision(3)));
}

function fieldLines(fields: readonly FieldReport[], paint: Paint): string[] {
  if (fields.length === 0) return [];
  const shown = fields.slice(0, MAX_FIELDS);
  const hidden = fields.length - shown.length;
  return [
    paint(
      "dim",
      `${FIELD_INDENT}${fit("section", 10)}${fit("path", PATH_WIDTH)}${columnText("kind", "count", "noise")}verdict`,
    ),
    ...shown.flatMap(({ section, path, kind, count, noise, verdict }) => {
      const colour = verdict === "real" ? "red" : verdict === "likely" ? "yellow" : "dim";
      const rest = columnText(kind, countText(count), countText(noise)) + paint(colour, verdict);
      const [first, ...more] = inColumn(path, PATH_WIDTH, rest, `${FIELD_INDENT}${" ".repeat(10)}`);
      return [`${FIELD_INDENT}${fit(section, 10)}${first}`, ...more];
    }),
    ...(hidden === 0 ? [] : [`${FIELD_INDENT}… and ${countText(hidden)} more fields`]),
  ];
}

function columnText(kind: string, count: string, noise: string): string {
  return ` ${fit(kind, 10)}${fitRight(count, 9)}${fitRight(noise, 9)}  `;
}
