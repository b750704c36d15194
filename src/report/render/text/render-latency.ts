import type { LatencyReport, Quantiles, RatioEstimate, Report, TailReport } from "../../../model/report.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatTime,
  formatPlural,
  formatShare,
} from "../../../presentation/words/number-format.ts";
import type { Page } from "./page.ts";
import { fit, wrapParts } from "./terminal-text.ts";

/** The latency of all endpoints: quantiles, ratios with their intervals, slow responses, and what they are measured from. */
export function latencySection({ latency }: Report, page: Page): readonly string[] {
  if (latency.primary.p50 === null) return [];
  const rows = [
    ["quantiles", quantileTexts(latency).join("  ")],
    ["candidate", candidateText(latency)],
    ["secondary", secondaryText(latency)],
    ...latency.tails.map((tail) => ["slow", slowText(tail)]),
    ["change", changeText(latency)],
    ["exchanges", exchangesText(latency)],
  ] as const;
  return [
    page.paint("bold", "latency"),
    ...rows.flatMap(([name = "", text = ""]) => {
      if (text === "") return [];
      const start = `  ${fit(name, 11)}`;
      return page.wrap(text, { start, indent: " ".repeat(start.length) });
    }),
  ];
}

function candidateText({ ratio, twin }: LatencyReport): string {
  if (ratio === null) return "";
  return `${ratioText(ratio, " the primary")}${twin === null ? "" : `, ${ratioText(twin, " the secondary")}`}`;
}

function secondaryText({ bias, excusedOverhead }: LatencyReport): string {
  if (bias === null) return "";
  return `${ratioText(bias, " the primary")}: the overhead of mirroring, excused up to ${formatFactor(excusedOverhead)}`;
}

function slowText({ quantile, factor, limitMs, candidate, primary, secondary, allowed }: TailReport): string {
  const name = `p${quantile * 100}`;
  const limit = factor === null ? name : `${formatFactor(factor)} the primary's ${name}`;
  const roles = [
    `candidate ${formatShare(candidate)}`,
    ...(primary === null ? [] : [`primary ${formatShare(primary)}`]),
    ...(secondary === null ? [] : [`secondary ${formatShare(secondary)}`]),
  ];
  const more = factor === null ? "" : " more";
  return `above ${formatDuration(limitMs)} (${limit}): ${roles.join(", ")}; allowed: ${formatShare(allowed)}${more}`;
}

function changeText({ change }: LatencyReport): string {
  if (change === null) return "";
  const { since, exchanges, ratio } = change;
  return `${ratioText(ratio, " the primary")} since ${formatTime(since)}, ${formatPlural(exchanges, "exchange")}`;
}

/** Neighbors that vary independently need no word. */
const NAMED_INFLATION = 2;

function exchangesText({ coldStart, inflation }: LatencyReport): string {
  const parts = [
    ...(coldStart === 0 ? [] : [`the first ${formatCount(coldStart)} are left out as the cold start`]),
    ...(inflation === null || inflation < NAMED_INFLATION
      ? []
      : [`neighbors are alike, so it takes ${formatFactor(inflation)} as many for the same certainty`]),
  ];
  return parts.join("; ");
}

/** The latency of one endpoint, in a line if that is wide enough. */
export function latencyLines(latency: LatencyReport, { paint, width }: Page): string[] {
  if (latency.primary.p50 === null) return [];
  const parts = [...quantileTexts(latency), ...(latency.ratio === null ? [] : [ratioText(latency.ratio)])];
  return wrapParts(parts, { indent: " ".repeat(6), width }).map((line) => paint("dim", line));
}

function quantileTexts({ primary, candidate }: Pick<LatencyReport, "primary" | "candidate">): readonly string[] {
  const names = ["p50", "p95", "p99"] as const satisfies readonly (keyof Quantiles)[];
  return names.map((name) => `${name} ${formatDuration(primary[name])} → ${formatDuration(candidate[name])}`);
}

function ratioText(ratio: RatioEstimate, of = ""): string {
  return `${formatFactor(ratio.estimate)}${of} (${formatInterval(ratio, formatFactor)})`;
}
