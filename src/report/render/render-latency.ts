import type { LatencyReport, Quantiles, RatioEstimate, Report } from "../../model/report.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatPlural,
} from "../../presentation/number-format.ts";
import type { Paint } from "./terminal-color.ts";
import { fit, TEXT_WIDTH } from "./terminal-text.ts";

/** The latency of all endpoints: quantiles, ratios with their intervals, and slow responses. */
export function latencySection({ latency }: Report, paint: Paint): readonly string[] {
  const { ratio, bias, pairs, tail } = latency;
  if (latency.primary.p50 === null) return [];
  const sample = pairs === 0 ? "" : `, ${formatPlural(pairs, "pair")}`;
  return [
    paint("bold", "latency"),
    `  quantiles  ${quantilesText(latency)}`,
    ...(ratio === null ? [] : [`  candidate  ${ratioText(ratio, " the primary")}${sample}`]),
    ...(bias === null ? [] : [`  secondary  ${ratioText(bias, " the primary")}: the overhead of mirroring`]),
    ...(tail === null
      ? []
      : [
          `  slow       above ${formatDuration(tail.limit)}: only the candidate in ${formatPlural(tail.candidateOnly, "exchange")}, ` +
            `only the primary in ${formatCount(tail.primaryOnly)}`,
        ]),
  ];
}

/** The latency of one endpoint in a line. */
export function latencyLines(latency: LatencyReport, paint: Paint): string[] {
  if (latency.primary.p50 === null) return [];
  const ratio = latency.ratio === null ? "" : `  ${ratioText(latency.ratio)}`;
  return [paint("dim", fit(`      ${quantilesText(latency)}${ratio}`, TEXT_WIDTH).trimEnd())];
}

function quantilesText({ primary, candidate }: Pick<LatencyReport, "primary" | "candidate">): string {
  const names = ["p50", "p95", "p99"] as const satisfies readonly (keyof Quantiles)[];
  return names
    .map((name) => `${name} ${formatDuration(primary[name])} → ${formatDuration(candidate[name])}`)
    .join("  ");
}

function ratioText(ratio: RatioEstimate, of = ""): string {
  return `${formatFactor(ratio.estimate)}${of} (${formatInterval(ratio, formatFactor)})`;
}
