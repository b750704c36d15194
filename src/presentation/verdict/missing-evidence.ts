import type { EndpointReport, LatencyReport, Report } from "../../model/report.ts";
import type { Finding } from "../../model/views/overview.ts";
import {
  formatCount,
  formatDuration,
  formatFactor,
  formatInterval,
  formatPlural,
  formatShare,
} from "../words/number-format.ts";

/**
 * What an inconclusive run still lacks, most urgent first: one short sentence for each endpoint that is undecided, and for all of
 * them together. Empty if the verdict is pass or fail, which is certain.
 */
export function missingEvidence(report: Report): readonly Finding[] {
  if (report.verdict !== "inconclusive" || report.accounting.compared === 0) return [];
  return [
    ...noiseText(report),
    ...report.endpoints
      .filter(({ isBlocking, verdict }) => isBlocking && verdict === "inconclusive")
      .flatMap(ofEndpoint),
    ...exchangesText(report),
    ...undecidedLatency(report.latency, "all endpoints")
      .slice(0, 1)
      .map((text) => ({ text, about: null })),
    ...(report.errors.verdict === "inconclusive" ? [{ text: "The error rate is undecided.", about: null }] : []),
    ...report.uncovered.map((endpoint) => ({
      text: `${endpoint} needs exchanges: the gate covers it.`,
      about: { endpoint, route: null, cause: null },
    })),
  ];
}

/** Without a secondary, noise looks like a change. */
function noiseText({ accounting, endpoints }: Report): readonly Finding[] {
  const isDoubtful = endpoints.some(({ causes }) =>
    causes.some(
      ({ verdict, state, rule }) =>
        verdict === "likely" && state !== "accepted" && state !== "baseline" && rule === null,
    ),
  );
  if (accounting.noiseCompared > 0 || !isDoubtful) return [];
  return [{ text: "A secondary, or a self-check: without one, noise looks like a change.", about: null }];
}

/** The first thing that an endpoint lacks. */
function ofEndpoint({ endpoint, route, needed, parity, errors, latency }: EndpointReport): readonly Finding[] {
  const texts = [
    ...(needed === 0 ? [] : [`${endpoint} ${neededText(needed, parity.rate < 1)}.`]),
    ...(errors.verdict === "inconclusive" ? [`The error rate of ${endpoint} is undecided.`] : []),
    ...undecidedLatency(latency, endpoint),
  ];
  return texts.slice(0, 1).map((text) => ({ text, about: { endpoint, route, cause: null } }));
}

/** @param differs whether some of its exchanges count against parity */
function neededText(needed: number | null, differs: boolean): string {
  if (needed === null) return "has differences that may be noise: more exchanges, or a review, decide";
  return `needs ${formatPlural(needed, "more exchange")}${differs ? " without a difference" : ""}`;
}

function exchangesText({ needed, gate, parity, endpoints }: Report): readonly Finding[] {
  if (needed === 0) return [];
  if (needed === null) {
    const isNamed = endpoints.some(({ isBlocking, verdict }) => isBlocking && verdict === "inconclusive");
    return isNamed ? [] : [{ text: "Reviews: more exchanges alone cannot make this run pass.", about: null }];
  }
  const without = parity.rate < 1 ? " without a difference" : "";
  const text = `${formatPlural(needed, "more exchange")}${without} to confirm ${formatShare(gate.parity)} parity.`;
  return [{ text, about: null }];
}

/** @param where what was measured: an endpoint or all of them */
function undecidedLatency({ ratio, allowed, ratioVerdict, tails }: LatencyReport, where: string): readonly string[] {
  const ratioTexts =
    ratioVerdict === "inconclusive" && ratio !== null
      ? [
          `The latency ratio of ${where} is undecided: ${formatInterval(ratio, formatFactor)}, allowed ${formatFactor(allowed)}.`,
        ]
      : [];
  const tailTexts = tails
    .filter(({ verdict }) => verdict === "inconclusive")
    .map(
      ({ limitMs, candidate }) =>
        `The share of slow responses of ${where} is undecided: ${formatShare(candidate)} above ${formatDuration(limitMs)}.`,
    );
  return [...ratioTexts, ...tailTexts];
}

/** Whether more requests help, in one sentence. */
export function certaintyText({
  verdict,
  needed,
  accounting,
}: Pick<Report, "verdict" | "needed" | "accounting">): string {
  if (accounting.compared === 0) return "Nothing was compared yet.";
  if (verdict === "pass") return "The verdict is certain: no more requests are needed.";
  if (verdict === "fail")
    return "The failure is certain: more requests will not change it. Fix, accept or hide its causes.";
  return needed === null || needed === 0
    ? "Not certain yet. Missing:"
    : `Not certain yet: ${formatCount(needed)} more exchanges are needed. Missing:`;
}
