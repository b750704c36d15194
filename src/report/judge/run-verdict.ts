import type { Accounting, EndpointReport, Overflow, Proportion, Verdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import { formatReasons, sumReasons } from "../../presentation/accounting-sums.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/number-format.ts";
import { evidenceBar } from "../statistics/e-values.ts";
import { doubtText, isParityBelow, neededText, parityText, stillNeeded, type ParityCounts } from "./parity-verdict.ts";
import type { Judgment, Thresholds } from "./gate-thresholds.ts";

/** A larger share of lost mirrored requests is named along with the verdict. */
const HIGH_LOSS = 0.05;
/** If a larger share of mirrored exchanges was skipped, the rest is not a fair sample. */
const MAX_SKIPPED = 0.5;
const MAX_NAMED_ENDPOINTS = 20;

/** What the verdict of a run is decided from. */
export interface RunEvidence extends ParityCounts {
  readonly accounting: Accounting;
  /** Whether the run has a secondary. */
  readonly hasSecondary: boolean;
  readonly parity: Proportion;
  /** The latency of all endpoints without a latency ratio of their own in the gate; null if nothing was measured. */
  readonly latency: Judgment | null;
  readonly errors: Judgment;
  readonly endpoints: readonly (Pick<EndpointReport, "endpoint" | "verdict" | "reasons"> & {
    /** The endpoint keeps the run from passing while its verdict is inconclusive. */
    readonly isBlocking: boolean;
  })[];
  /** Endpoints of the gate's coverage with too few compared exchanges. */
  readonly uncovered: readonly string[];
  readonly overflow: Omit<Overflow, "fields">;
}

/** The thresholds that all endpoints together are held to. */
export type RunThresholds = Pick<Thresholds, "parity" | "minCompared">;

/**
 * Decides the verdict of a run. It can be checked at any time without inflating its error rate.
 * - `fail`: an endpoint fails, or all exchanges together differ more, take longer or fail more often than the gate allows.
 * - `inconclusive`: nothing or too little was compared; most mirrored requests were skipped; an endpoint of the coverage is
 *   missing; latency or errors of all endpoints together are inconclusive; or there are differences that neither the run nor
 *   their endpoint has enough traffic to judge.
 * - `pass`: everything else. An endpoint with little traffic and without a difference stays inconclusive, but does not keep the
 *   run from passing: rarely used endpoints would block every release.
 *
 * Too few compared exchanges block `pass`, never `fail`.
 */
export function decideRunVerdict(run: RunEvidence, gate: RunThresholds): Judgment {
  const failures = [...endpointReasons(run.endpoints, "fail"), ...totalReasons(run, gate, "fail")];
  const doubts = [
    ...nothingCompared(run),
    ...mostlySkipped(run),
    ...tooFewCompared(run, gate),
    ...notCovered(run),
    ...blockingEndpoints(run),
    ...totalReasons(run, gate, "inconclusive"),
  ];
  const verdict: Verdict = failures.length > 0 ? "fail" : doubts.length > 0 ? "inconclusive" : "pass";
  const reasons = { fail: failures, inconclusive: doubts, pass: [agreementText(run, gate)] }[verdict];
  return {
    verdict,
    reasons: [...reasons, ...noiseUnknown(run), ...losses(run.accounting), ...beyondCaps(run.overflow)],
  };
}

/**
 * The thresholds for all exchanges together: those of the gate; thresholds of single endpoints count in proportion to their
 * traffic.
 */
export function runThresholds(
  gate: Gate,
  endpoints: readonly { readonly compared: number; readonly thresholds: Thresholds }[],
): RunThresholds & Pick<Thresholds, "errorRate"> {
  const total = endpoints.reduce((sum, { compared }) => sum + compared, 0);
  const mean = (name: "parity" | "errorRate"): number =>
    endpoints.reduce(
      (sum, { compared, thresholds }) => sum + (compared / total) * (thresholds[name] - gate[name]),
      gate[name],
    );
  return { parity: mean("parity"), errorRate: mean("errorRate"), minCompared: gate.minCompared };
}

function endpointReasons(endpoints: RunEvidence["endpoints"], verdict: Verdict): string[] {
  const chosen = endpoints.filter((endpoint) => endpoint.verdict === verdict);
  const named = chosen
    .slice(0, MAX_NAMED_ENDPOINTS)
    .flatMap(({ endpoint, reasons }) => reasons.map((reason) => `${endpoint}: ${reason}`));
  const rest = chosen.length - MAX_NAMED_ENDPOINTS;
  const s = rest === 1 ? "s" : "";
  const verb = verdict === "fail" ? `fail${s}` : `need${s} more responses`;
  return rest > 0 ? [...named, `${formatPlural(rest, "more endpoint")} ${verb}`] : named;
}

/** Many small endpoints may fail together although each has too little traffic. */
function totalReasons(run: RunEvidence, gate: RunThresholds, verdict: "fail" | "inconclusive"): string[] {
  const judgments = [run.errors, ...(run.latency === null ? [] : [run.latency])];
  const others = judgments.filter((judgment) => judgment.verdict === verdict).flatMap(({ reasons }) => reasons);
  return [
    ...(verdict === "fail" && isParityBelow(run, gate, evidenceBar()) ? [differText(run, gate)] : []),
    ...others.map((reason) => `all endpoints: ${reason}`),
  ];
}

function differText({ parity, counting, compared }: RunEvidence, gate: RunThresholds): string {
  const differ = counting === 1 ? "differs" : "differ";
  return `all endpoints: ${formatCount(counting)} of ${formatPlural(compared, "response")} ${differ} ${parityText(parity, gate)}`;
}

function nothingCompared({ accounting }: RunEvidence): string[] {
  if (accounting.compared > 0) return [];
  if (accounting.received === 0) return ["nothing compared: no request received"];
  const fates = [
    ["not mirrored", sumReasons(accounting.notMirrored), formatReasons(accounting.notMirrored)],
    ["sampled out", accounting.sampledOut, ""],
    ["dropped", sumReasons(accounting.dropped), formatReasons(accounting.dropped)],
    ["skipped", sumReasons(accounting.skipped), formatReasons(accounting.skipped)],
  ] as const;
  const parts = fates
    .filter(([, count]) => count > 0)
    .map(([name, count, reasons]) => `${formatCount(count)} ${name}${reasons === "" ? "" : ` (${reasons})`}`);
  const received = `${formatPlural(accounting.received, "request")} received`;
  return [`nothing compared: ${received}, ${parts.join(", ") || "all still in flight"}`];
}

function mostlySkipped({ accounting }: RunEvidence): string[] {
  const skipped = sumReasons(accounting.skipped);
  if (accounting.compared === 0 || skipped <= accounting.mirrored * MAX_SKIPPED) return [];
  return ["more than half of the mirrored requests were skipped"];
}

function tooFewCompared(run: RunEvidence, gate: RunThresholds): string[] {
  if (run.compared === 0 || stillNeeded(run, gate) === 0) return [];
  const needed = neededText(run, gate);
  return [run.counting > 0 ? `${differText(run, gate)}${doubtText(run)}; ${needed}` : `all endpoints: ${needed}`];
}

function notCovered({ uncovered }: RunEvidence): string[] {
  if (uncovered.length === 0) return [];
  const named = uncovered.slice(0, MAX_NAMED_ENDPOINTS).join(", ");
  const rest = uncovered.length - MAX_NAMED_ENDPOINTS;
  return [
    `too few responses on endpoints that the gate covers: ${named}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}`,
  ];
}

function blockingEndpoints({ endpoints }: RunEvidence): string[] {
  return endpointReasons(
    endpoints.filter(({ isBlocking }) => isBlocking),
    "inconclusive",
  );
}

function agreementText({ compared, counting, parity }: RunEvidence, gate: RunThresholds): string {
  const agreeing = compared - counting;
  const agree = agreeing === 1 ? "agrees" : "agree";
  return `${formatCount(agreeing)} of ${formatPlural(compared, "response")} ${agree} ${parityText(parity, gate)}`;
}

/** The owner of a secondary expects that noise is excused. */
function noiseUnknown({ hasSecondary, accounting: { compared, noiseCompared } }: RunEvidence): string[] {
  if (!hasSecondary || compared === 0 || noiseCompared > 0) return [];
  return ["the secondary returned no usable response, so noise could not be measured"];
}

/** Not part of the verdict, but it says how much of the traffic the verdict does not cover. */
function losses({ mirrored, dropped, skipped }: Accounting): string[] {
  const lost = [
    ["dropped before mirroring", sumReasons(dropped), mirrored + sumReasons(dropped), formatReasons(dropped)],
    ["mirrored but skipped", sumReasons(skipped), mirrored, formatReasons(skipped)],
  ] as const;
  return lost
    .filter(([, count, all]) => count > all * HIGH_LOSS)
    .map(([fate, count, all, reasons]) => {
      const were = count === 1 ? "was" : "were";
      return `${formatCount(count)} of ${formatPlural(all, "request")} (${formatShare(count / all)}) ${were} ${fate}: ${reasons}`;
    });
}

function beyondCaps({ endpoints, differenceSets }: RunEvidence["overflow"]): string[] {
  return [
    ...(endpoints === 0
      ? []
      : [`${formatPlural(endpoints, "response")} on endpoints beyond the cap, counted as one endpoint`]),
    ...(differenceSets === 0
      ? []
      : [`${formatPlural(differenceSets, "response")} with difference sets beyond the cap, whose fields are unknown`]),
  ];
}

/**
 * Whether an inconclusive endpoint keeps the run from passing: responses differ, and either too few were compared or more
 * differ than the gate allows. An endpoint without a difference never does, or rarely used endpoints would block every
 * release. Nor does one that differs no more than allowed and lacks only the traffic to prove it: the run proves it.
 */
export function blocksRun(
  { compared, counting }: Pick<ParityCounts, "compared" | "counting">,
  { parity, minCompared }: Thresholds,
): boolean {
  return counting > 0 && (compared < minCompared || counting > compared * (1 - parity));
}
