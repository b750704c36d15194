import type { Accounting, EndpointReport, Overflow, Proportion, Verdict } from "../../model/report.ts";
import type { Gate } from "../../model/run.ts";
import type { Thresholds } from "./gate-thresholds.ts";
import { evidenceBar } from "../statistics/e-values.ts";
import type { Judgement } from "./judgement.ts";
import { doubtText, isParityBelow, neededText, stillNeeded, type ParityCounts } from "./endpoint-verdict.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/number-format.ts";

/** A larger share of lost mirrored requests is named beside the verdict. */
const HIGH_LOSS = 0.05;
/** With a larger share of mirrored exchanges that nobody could judge, the rest is no fair sample. */
const MAX_SKIPPED = 0.5;
/** Endpoints that are named one by one. */
const MAX_NAMED = 20;

/** What is known of a run when it is judged. */
export interface RunEvidence extends ParityCounts {
  readonly accounting: Accounting;
  /** Whether the run has a secondary. */
  readonly hasSecondary: boolean;
  readonly parity: Proportion;
  /** Of all endpoints together that have no latency ratio of their own in the gate; null when nothing was measured. */
  readonly latency: Judgement | null;
  readonly errors: Judgement;
  readonly endpoints: readonly (Pick<EndpointReport, "endpoint" | "verdict" | "reasons"> & {
    /** The endpoint keeps the run from passing while its verdict is inconclusive. */
    readonly isBlocking: boolean;
  })[];
  /** Endpoints of the gate's coverage that were compared too seldom. */
  readonly uncovered: readonly string[];
  readonly overflow: Omit<Overflow, "fields">;
}

/** The thresholds of the run as a whole. */
export type RunThresholds = Pick<Thresholds, "parity" | "minCompared">;

/**
 * Judges a run against one candidate; may be asked at any time and as often as one likes.
 * - `fail`: an endpoint fails, or all exchanges together differ, take longer, or fail more often than the gate allows.
 * - `inconclusive`: nothing or too little was compared; most of what was mirrored could not be judged; an endpoint of the
 *   coverage is missing; latency or errors of all together are open; or differences were seen that neither the run nor their
 *   endpoint has enough answers to weigh.
 * - `pass`: everything else. An endpoint with little traffic and no difference stays inconclusive by itself, but does not
 *   keep the run from passing: seldom-used endpoints would otherwise forbid every release.
 *
 * Too few compared blocks `pass`, never `fail`.
 */
export function judgeRun(run: RunEvidence, gate: RunThresholds): Judgement {
  const failures = [...namedEndpoints(run.endpoints, "fail"), ...overall(run, gate, "fail")];
  const doubts = [
    ...nothingCompared(run),
    ...mostlySkipped(run),
    ...tooFew(run, gate),
    ...notCovered(run),
    ...openEndpoints(run),
    ...overall(run, gate, "inconclusive"),
  ];
  const verdict: Verdict = failures.length > 0 ? "fail" : doubts.length > 0 ? "inconclusive" : "pass";
  const grounds = { fail: failures, inconclusive: doubts, pass: [agreementText(run, gate)] }[verdict];
  return {
    verdict,
    reasons: [...grounds, ...noiseUnknown(run), ...losses(run.accounting), ...beyondCaps(run.overflow)],
  };
}

/**
 * The thresholds that all exchanges together are held against: those of the gate, and where an endpoint has its own, these
 * in proportion to its traffic.
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

export function sumOf(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** `queue 12, bytes 3`: every reason that occurred, the most frequent first. */
export function reasonCounts(counts: Readonly<Partial<Record<string, number>>>): string {
  return Object.entries(counts)
    .map(([reason, count]) => [reason, count ?? 0] as const)
    .filter(([, count]) => count > 0)
    .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([reason, count]) => `${reason} ${formatCount(count)}`)
    .join(", ");
}

function namedEndpoints(endpoints: RunEvidence["endpoints"], verdict: Verdict): string[] {
  const chosen = endpoints.filter((endpoint) => endpoint.verdict === verdict);
  const named = chosen
    .slice(0, MAX_NAMED)
    .flatMap(({ endpoint, reasons }) => reasons.map((why) => `${endpoint}: ${why}`));
  const rest = chosen.length - MAX_NAMED;
  const s = rest === 1 ? "s" : "";
  const verb = verdict === "fail" ? `fail${s}` : `need${s} more answers`;
  return rest > 0 ? [...named, `${formatPlural(rest, "more endpoint")} ${verb}`] : named;
}

/** All endpoints together: many small ones may fail as a whole though each has too little traffic. */
function overall(run: RunEvidence, gate: RunThresholds, verdict: "fail" | "inconclusive"): string[] {
  const judgements = [run.errors, ...(run.latency === null ? [] : [run.latency])];
  const others = judgements.filter((judgement) => judgement.verdict === verdict).flatMap(({ reasons }) => reasons);
  return [
    ...(verdict === "fail" && isParityBelow(run, gate, evidenceBar()) ? [differText(run, gate)] : []),
    ...others.map((why) => `over all endpoints ${why}`),
  ];
}

function differText({ parity, counting, compared }: RunEvidence, gate: RunThresholds): string {
  return (
    `${formatCount(counting)} of ${compared === 1 ? "" : "all "}${formatPlural(compared, "compared answer")} ` +
    `${counting === 1 ? "differs" : "differ"} ` +
    `(parity ${formatShare(parity.rate, gate.parity)}, needs ${formatShare(gate.parity)})`
  );
}

function nothingCompared({ accounting }: RunEvidence): string[] {
  if (accounting.compared > 0) return [];
  if (accounting.received === 0) return ["nothing was compared: no request has arrived"];
  const why = [
    ["not mirrored", sumOf(accounting.notMirrored), reasonCounts(accounting.notMirrored)],
    ["sampled out", accounting.sampledOut, ""],
    ["dropped", sumOf(accounting.dropped), reasonCounts(accounting.dropped)],
    ["skipped", sumOf(accounting.skipped), reasonCounts(accounting.skipped)],
  ] as const;
  const parts = why
    .filter(([, count]) => count > 0)
    .map(([name, count, reasons]) => `${formatCount(count)} ${name}${reasons === "" ? "" : ` (${reasons})`}`);
  return [
    `nothing was compared: of ${formatPlural(accounting.received, "request")} ${parts.join(", ") || "none is finished"}`,
  ];
}

function mostlySkipped({ accounting }: RunEvidence): string[] {
  const skipped = sumOf(accounting.skipped);
  if (accounting.compared === 0 || skipped <= accounting.mirrored * MAX_SKIPPED) return [];
  return ["most of what was mirrored could not be judged"];
}

/** Of the run as a whole: fewer than the gate asks for, or than it takes to be sure of its parity. */
function tooFew(run: RunEvidence, gate: RunThresholds): string[] {
  if (run.compared === 0 || stillNeeded(run, gate) === 0) return [];
  const needed = neededText(run, gate);
  return [run.counting > 0 ? `${differText(run, gate)}${doubtText(run)}: ${needed}` : needed];
}

function notCovered({ uncovered }: RunEvidence): string[] {
  if (uncovered.length === 0) return [];
  const named = uncovered.slice(0, MAX_NAMED).join(", ");
  const rest = uncovered.length - MAX_NAMED;
  const missing = rest > 0 ? `${named} and ${formatCount(rest)} more` : named;
  return [`the gate asks that these be compared often enough, and they were not: ${missing}`];
}

function openEndpoints({ endpoints }: RunEvidence): string[] {
  return namedEndpoints(
    endpoints.filter(({ isBlocking }) => isBlocking),
    "inconclusive",
  );
}

function agreementText({ compared, counting, parity }: RunEvidence, gate: RunThresholds): string {
  return (
    `${formatCount(compared - counting)} of ${formatPlural(compared, "compared answer")} ` +
    `${compared - counting === 1 ? "agrees" : "agree"} ` +
    `(parity ${formatShare(parity.rate, gate.parity)}, needs ${formatShare(gate.parity)})`
  );
}

/** Who set up a secondary expects that noise is excused. */
function noiseUnknown({ hasSecondary, accounting: { compared, noiseCompared } }: RunEvidence): string[] {
  if (!hasSecondary || compared === 0 || noiseCompared > 0) return [];
  return ["the secondary gave no usable answer, so noise could not be told from change"];
}

/** Not a judgement, but a reader must know how much of the traffic the verdict does not speak of. */
function losses({ mirrored, dropped, skipped }: Accounting): string[] {
  const lost = [
    ["dropped before they were mirrored", sumOf(dropped), mirrored + sumOf(dropped), reasonCounts(dropped)],
    ["mirrored, but could not be judged", sumOf(skipped), mirrored, reasonCounts(skipped)],
  ] as const;
  return lost
    .filter(([, count, all]) => count > all * HIGH_LOSS)
    .map(([what, count, all, reasons]) => {
      const were = count === 1 ? "was" : "were";
      return `${formatCount(count)} of ${formatPlural(all, "request")} (${formatShare(count / all)}) ${were} ${what}: ${reasons}`;
    });
}

function beyondCaps({ endpoints, differenceSets }: RunEvidence["overflow"]): string[] {
  const texts = [
    [endpoints, "on endpoints beyond the cap and counted as one endpoint"],
    [differenceSets, "beyond the cap of distinct difference sets: which fields differ there is not known"],
  ] as const;
  return texts
    .filter(([count]) => count > 0)
    .map(([count, text]) => `${formatPlural(count, "compared answer")} ${count === 1 ? "is" : "are"} ${text}`);
}
