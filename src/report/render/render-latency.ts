import type { LatencyReport, Quantiles, RatioEstimate, Report } from "../../model/report.ts";
import type { Paint } from "./terminal-colour.ts";
import { fit, TEXT_WIDTH } from "./terminal-text.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatPlural,
} from "../../presentation/number-format.ts";

const TEST_TEXT: Readonly<Record<LatencyReport["test"], string>> = {
  wilcoxon: "Wilcoxon signed-rank",
  sign: "sign test, because the ratios are skewed",
};
/** Smaller ones say no more. */
const SMALLEST_P = 0.0001;

/** All endpoints together: where the latencies lie, the paired ratio with its interval and test, and the slow ends. */
export function latencySection({ latency }: Report, paint: Paint): readonly string[] {
  const { ratio, bias, pairs, pValue, test, tail } = latency;
  if (latency.primary.p50 === null) return [];
  const tested =
    pValue === null ? "" : `, ${formatPlural(pairs, "pair")}, p ${probabilityText(pValue)} (${TEST_TEXT[test]})`;
  return [
    paint("bold", "latency"),
    `  latency    ${shiftsText(latency)}`,
    ...(ratio === null ? [] : [`  candidate  ${ratioText(ratio, " the primary")}${tested}`]),
    ...(bias === null ? [] : [`  secondary  ${ratioText(bias, " the primary")}: the overhead of mirroring`]),
    ...(tail === null
      ? []
      : [
          `  slow       above ${formatDuration(tail.limit)}: ${formatPlural(tail.candidateOnly, "answer")} of the candidate alone, ` +
            `${formatCount(tail.primaryOnly)} of the primary alone`,
        ]),
  ];
}

/** The latencies of one endpoint in a line. */
export function latencyLines(latency: LatencyReport, paint: Paint): string[] {
  if (latency.primary.p50 === null) return [];
  const factor = latency.ratio === null ? "" : `  ${ratioText(latency.ratio)}`;
  return [paint("dim", fit(`      ${shiftsText(latency)}${factor}`, TEXT_WIDTH).trimEnd())];
}

function shiftsText({ primary, candidate }: Pick<LatencyReport, "primary" | "candidate">): string {
  const shift = (name: keyof Quantiles): string =>
    `${name} ${formatDuration(primary[name])} → ${formatDuration(candidate[name])}`;
  return `${shift("p50")}  ${shift("p95")}  ${shift("p99")}`;
}

function ratioText(ratio: RatioEstimate, of = ""): string {
  return `${formatFactor(ratio.estimate)}${of} (${formatInterval(ratio, formatFactor)})`;
}

function probabilityText(p: number): string {
  return p < SMALLEST_P ? `< ${SMALLEST_P}` : `= ${String(Number(p.toPrecision(2)))}`;
}
