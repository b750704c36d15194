import type { Accounting, Overflow } from "../../model/accounting.ts";
import type { EndpointReport, FailureReport, Proportion, Verdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import { formatReasons, sumReasons } from "../../presentation/verdict/accounting-sums.ts";
import { failureList } from "../../presentation/words/failure-words.ts";
import { realEndpoints } from "../../presentation/verdict/health-checks.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/words/number-format.ts";
import type { BlockEvidence } from "../statistics/block-evidence.ts";
import { evidenceBar } from "../statistics/e-values.ts";
import { accountingDoubts, accountingGaps } from "./accounting-totals.ts";
import {
  burstText,
  doubtText,
  neededText,
  parityText,
  sinceText,
  stillNeeded,
  type ParityCounts,
} from "./parity-verdict.ts";
import type { Judgment, Thresholds } from "./gate-thresholds.ts";

/** If a larger share of mirrored exchanges was skipped, the rest is not a fair sample. */
const MAX_SKIPPED = 0.5;
/** If a larger share of mirrored exchanges timed out beside a slow primary, a candidate that hangs could hide among them. */
const MAX_SATURATED = 0.01;
const MAX_NAMED_ENDPOINTS = 20;

/** What the verdict of a run is decided from. */
export interface RunEvidence extends ParityCounts {
  readonly accounting: Accounting;
  /** Whether the run has a secondary. */
  readonly hasSecondary: boolean;
  /** Why responses of the secondary are missing, most frequent first. */
  readonly secondaryFailures: readonly FailureReport[];
  readonly parity: Proportion;
  /** That parity is below the gate. */
  readonly below: BlockEvidence;
  /** The latency of all endpoints without a latency ratio of their own in the gate; null if nothing was measured. */
  readonly latency: Judgment | null;
  readonly errors: Judgment;
  /** Null if no status was counted. */
  readonly primarySuccess: Proportion | null;
  readonly endpoints: readonly (Pick<EndpointReport, "endpoint" | "verdict" | "reasons"> & {
    /** The endpoint keeps the run from passing while its verdict is inconclusive. */
    readonly isBlocking: boolean;
  })[];
  /** Endpoints of the gate's coverage with too few compared exchanges. */
  readonly uncovered: readonly string[];
  readonly overflow: Omit<Overflow, "fields">;
  /** Compared exchanges that differ only as in the baseline. */
  readonly known: number;
}

/** The thresholds that all endpoints together are held to. */
export type RunThresholds = Pick<Thresholds, "parity" | "minCompared"> & Pick<Gate, "minSuccess" | "minEndpoints">;

/**
 * Decides the verdict of a run. It can be checked at any time without inflating its error rate.
 * - `fail`: an endpoint fails, or all exchanges together differ more, take longer or fail more often than the gate allows.
 * - `inconclusive`: the counts do not add up, or the store file with earlier counts is gone; nothing or too little was
 *   compared; most mirrored requests were skipped, or more than 1% as saturated; the primary responded mostly with errors; only
 *   health checks or too few endpoints were compared; an endpoint of the coverage is missing; latency or errors of all
 *   endpoints together are inconclusive; or there are differences that neither the run nor their endpoint has enough traffic
 *   to judge.
 * - `pass`: everything else. An endpoint with little traffic and without a difference stays inconclusive, but does not keep
 *   the run from passing: rarely used endpoints would block every release.
 *
 * Too few compared exchanges block `pass`, never `fail`.
 */
export function decideRunVerdict(run: RunEvidence, gate: RunThresholds): Judgment {
  const failures = [...endpointReasons(run.endpoints, "fail"), ...totalReasons(run, gate, "fail")];
  const traffic = [...mostlyErrors(run, gate), ...tooFewEndpoints(run, gate)];
  const unsound = accountingDoubts(run.accounting);
  const doubts = [
    ...unsound,
    ...nothingCompared(run),
    ...mostlySkipped(run),
    ...saturated(run),
    ...traffic,
    ...tooFewCompared(run, gate),
    ...notCovered(run),
    ...blockingEndpoints(run),
    ...totalReasons(run, gate, "inconclusive"),
  ];
  const verdict: Verdict = failures.length > 0 ? "fail" : doubts.length > 0 ? "inconclusive" : "pass";
  const reasons = {
    fail: [...failures, ...unsound, ...traffic, ...noiseUnknown(run), ...knownReasons(run)],
    inconclusive: [...noiseUnknown(run), ...doubts, ...knownReasons(run)],
    pass: [agreementText(run, gate), ...onlyOneEndpoint(run), ...noiseUnknown(run)],
  }[verdict];
  return {
    verdict,
    reasons: [...reasons, ...accountingGaps(run.accounting), ...beyondCaps(run.overflow)],
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
  const { minCompared, minSuccess, minEndpoints } = gate;
  return { parity: mean("parity"), errorRate: mean("errorRate"), minCompared, minSuccess, minEndpoints };
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
    ...(verdict === "fail" && run.below.evidence >= evidenceBar()
      ? [`${differText(run, gate)}${sinceText(run.below.late)}`]
      : []),
    ...others.map((reason) => `all endpoints: ${reason}`),
  ];
}

function differText({ parity, counting, compared }: RunEvidence, gate: RunThresholds): string {
  const differ = counting === 1 ? "differs" : "differ";
  return `all endpoints: ${formatCount(counting)} of ${formatPlural(compared, "response")} ${differ} ${parityText(parity, gate)}`;
}

function nothingCompared({ accounting }: RunEvidence): string[] {
  if (accounting.compared > 0) return [];
  const arrived = accounting.received + accounting.inFlight + accounting.interrupted;
  if (arrived === 0) return ["nothing compared: no request received"];
  const fates = [
    ["not mirrored", sumReasons(accounting.notMirrored), formatReasons(accounting.notMirrored)],
    ["sampled out", accounting.sampledOut, ""],
    ["dropped", sumReasons(accounting.dropped), formatReasons(accounting.dropped)],
    ["skipped", sumReasons(accounting.skipped), formatReasons(accounting.skipped)],
    ["in flight", accounting.inFlight, ""],
    ["interrupted", accounting.interrupted, ""],
    ["lost", accounting.lost, ""],
  ] as const;
  const parts = fates
    .filter(([, count]) => count > 0)
    .map(([name, count, reasons]) => `${formatCount(count)} ${name}${reasons === "" ? "" : ` (${reasons})`}`);
  const received = `${formatPlural(arrived, "request")} received`;
  return [`nothing compared: ${received}, ${parts.join(", ")}`];
}

function mostlySkipped({ accounting }: RunEvidence): string[] {
  const skipped = sumReasons(accounting.skipped);
  if (accounting.compared === 0 || skipped <= accounting.mirrored * MAX_SKIPPED) return [];
  return ["more than half of the mirrored requests were skipped"];
}

function saturated({ accounting: { mirrored, skipped } }: RunEvidence): string[] {
  const { saturated: count = 0 } = skipped;
  if (count <= mirrored * MAX_SATURATED) return [];
  return [
    `the candidate timed out in ${formatCount(count)} of ${formatPlural(mirrored, "mirrored request")} ` +
      `(${formatShare(count / mirrored, MAX_SATURATED)}) in which the primary was about as slow (skipped: saturated); ` +
      "send fewer requests per second, or give the versions a machine each",
  ];
}

/** A wrong base path is 404 from both versions: they agree, and nothing was tested. */
function mostlyErrors({ primarySuccess }: RunEvidence, { minSuccess }: RunThresholds): string[] {
  if (primarySuccess === null || primarySuccess.rate >= minSuccess) return [];
  const share = formatShare(primarySuccess.rate, minSuccess);
  return [
    `the primary answered mostly errors: ${share} of its responses are 2xx or 3xx, required ${formatShare(minSuccess)} ` +
      "(gate.minSuccess); check the base path and the credentials of the traffic",
  ];
}

function tooFewEndpoints({ accounting, endpoints }: RunEvidence, { minEndpoints }: RunThresholds): string[] {
  const real = realEndpoints(endpoints);
  if (accounting.compared === 0 || real.length >= minEndpoints) return [];
  if (real.length === 0) {
    const named = [...new Set(endpoints.map(({ endpoint }) => endpoint))].slice(0, MAX_NAMED_ENDPOINTS).join(", ");
    return [`only health checks were compared (${named}): they say nothing about the service`];
  }
  return [
    `${formatPlural(real.length, "endpoint")} compared, required ${formatCount(minEndpoints)} (gate.minEndpoints)`,
  ];
}

/** Not part of the verdict with the default gate, but it says how little the verdict covers. */
function onlyOneEndpoint({ endpoints }: RunEvidence): string[] {
  const real = realEndpoints(endpoints);
  return real.length === 1 ? [`only one endpoint was compared: ${real[0]}`] : [];
}

function tooFewCompared(run: RunEvidence, gate: RunThresholds): string[] {
  if (run.compared === 0 || stillNeeded(run, gate) === 0) return [];
  const needed = neededText(run, gate);
  return [
    run.counting > 0
      ? `${differText(run, gate)}${doubtText(run)}${burstText(run.below, run.counting)}; ${needed}`
      : `all endpoints: ${needed}`,
  ];
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

/** With weighed counts, it is not known how many of them are like the baseline. */
function agreementText(run: RunEvidence, gate: RunThresholds): string {
  const { compared, counting, parity, known, accounting } = run;
  const isWeighed = compared !== accounting.compared;
  const agreeing = compared - counting - (isWeighed ? 0 : known);
  const agree = agreeing === 1 ? "agrees" : "agree";
  const others =
    known === 0
      ? ""
      : isWeighed
        ? " or differ only as in the baseline, which is not judged"
        : `, ${formatCount(known)} ${known === 1 ? "differs" : "differ"} only as in the baseline and ${known === 1 ? "is" : "are"} not judged`;
  return `${formatCount(agreeing)} of ${formatPlural(compared, "response")} ${agree}${others} ${parityText(parity, gate)}`;
}

/** What the figures of other reasons leave out. */
function knownReasons({ known, accounting }: RunEvidence): string[] {
  if (known === 0) return [];
  const verbs = known === 1 ? ["differs", "is"] : ["differ", "are"];
  return [
    `${formatCount(known)} of ${formatPlural(accounting.compared, "response")} ${verbs[0]} only as in the baseline and ${verbs[1]} not judged`,
  ];
}

/** The owner of a secondary expects that noise is excused; without one, noise may look like a change. */
function noiseUnknown(run: RunEvidence): string[] {
  const { hasSecondary, secondaryFailures, accounting } = run;
  if (accounting.compared === 0 || accounting.noiseCompared > 0) return [];
  if (hasSecondary) {
    const why = secondaryFailures.length === 0 ? "" : ` (${failureList(secondaryFailures)})`;
    return [`the secondary returned no usable response${why}, so noise could not be measured`];
  }
  if (doubtText(run) === "") return [];
  return ["without a secondary, noise looks like a change: add a secondary, or a self-check (--self-check 20)"];
}

function beyondCaps({ endpoints, templates, differenceSets }: RunEvidence["overflow"]): string[] {
  const remedy =
    templates.length === 0 ? "raise compare.maxEndpoints" : `add to compare.endpoints: ${templates.join(", ")}`;
  return [
    ...(endpoints === 0
      ? []
      : [`${formatPlural(endpoints, "response")} on endpoints beyond the cap, counted as one endpoint; ${remedy}`]),
    ...(differenceSets === 0
      ? []
      : [`${formatPlural(differenceSets, "response")} with difference sets beyond the cap, whose fields are unknown`]),
  ];
}

/**
 * Whether an inconclusive endpoint keeps the run from passing: responses differ, and either too few were compared or more
 * differ than the gate allows; or it has limits of its own for latency, and more responses are slow than these allow. Another
 * endpoint without a difference never does, or rarely used endpoints would block every release. Nor does one that differs no
 * more than allowed and lacks only the traffic to prove it: the run proves it.
 * @param hasOwnLimits the gate has a latency limit for this endpoint
 */
export function blocksRun(
  { compared, counting, latency }: Pick<ParityCounts, "compared" | "counting"> & { readonly latency: Judgment | null },
  { parity, minCompared }: Thresholds,
  hasOwnLimits: boolean,
): boolean {
  if (hasOwnLimits && latency?.verdict === "inconclusive") return true;
  return counting > 0 && (compared < minCompared || counting > compared * (1 - parity));
}
