import type { FieldReport, LatencyReport, Proportion, RatioEstimate, Verdict } from "../model/report.ts";
import type { Gate } from "../model/run.ts";
import { wilsonInterval } from "./statistics.ts";
import { countText, factorText, fieldListText, percentText } from "./wording.ts";

/** Fewer pairs of latencies than this cannot fail an endpoint. */
const MIN_LATENCY_PAIRS = 100;

/** What is known of one endpoint when it is judged. */
export interface EndpointEvidence {
  readonly compared: number;
  /** Compared exchanges that count against parity. */
  readonly counting: number;
  /** Those among them whose differing fields are not known. */
  readonly unknown: number;
  /** Those among them in which the candidate gave no complete answer. */
  readonly transport: number;
  readonly parity: Proportion;
  readonly fields: readonly FieldReport[];
  readonly latency: Pick<LatencyReport, "ratio" | "bias">;
  /** Exchanges from which `latency.ratio` was made. */
  readonly latencyPairs: number;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Sentences with numbers; empty for an endpoint that passes. */
  readonly reasons: readonly string[];
}

/**
 * Judges one endpoint.
 * - `fail`: the candidate left a request without a complete answer; or parity is below the gate with 95 % confidence; or
 *   the candidate is slower than allowed with 95 % confidence.
 * - `pass`: parity reaches the gate, and as many were compared as the gate asks of a run.
 * - `inconclusive`: everything else, with the number of answers that are still needed. Too few compared never fails.
 */
export function judgeEndpoint(evidence: EndpointEvidence, gate: Gate): Judgement {
  const failures = [...transportFailure(evidence), ...parityFailure(evidence, gate), ...latencyFailure(evidence, gate)];
  if (failures.length > 0) return { verdict: "fail", reasons: failures };
  const missing = stillNeeded(evidence, gate);
  if (missing === 0) return { verdict: "pass", reasons: [] };
  return { verdict: "inconclusive", reasons: [neededText(evidence, gate, missing)] };
}

/**
 * Whether parity is below the gate beyond reasonable doubt: the upper end of its interval is, even when every exchange whose
 * differing fields are not known is held for noise. Wilson's interval holds for one look at the end of a run; who looks many
 * times fails a good candidate more often than 5 % (an always-valid confidence sequence belongs here, and nowhere else).
 */
export function isParityBelow(
  { compared, counting, unknown }: Pick<EndpointEvidence, "compared" | "counting" | "unknown">,
  gate: Gate,
): boolean {
  return wilsonInterval(compared - counting + unknown, compared).high < gate.parity;
}

/** How much slower a candidate may be: what the gate allows, times what the machine alone adds to any mirrored leg. */
export function allowedRatio(bias: RatioEstimate | null, gate: Gate): number {
  return gate.latencyRatio * Math.max(1, bias?.high ?? 1);
}

/**
 * How many answers are missing until an endpoint or run can pass, if none of them differs.
 * @returns 0 when it passes as it is
 */
export function stillNeeded(
  { compared, counting }: Pick<EndpointEvidence, "compared" | "counting">,
  gate: Gate,
): number {
  let total = Math.max(compared, gate.minCompared);
  const agreeing = (all: number): number => (all === 0 ? 1 : (all - counting) / all);
  if (agreeing(total) < gate.parity) {
    // Rounded down by more than floating point is off, and then counted up with the very test that the verdict uses.
    total = Math.max(total, Math.floor((counting / (1 - gate.parity)) * (1 - 1e-9)));
    while (agreeing(total) < gate.parity) total += 1;
  }
  return total - compared;
}

function transportFailure({ transport, compared }: EndpointEvidence): string[] {
  if (transport === 0) return [];
  return [
    `the candidate gave no complete answer to ${countText(transport)} of ${countText(compared)} requests (transport)`,
  ];
}

function parityFailure(evidence: EndpointEvidence, gate: Gate): string[] {
  if (!isParityBelow(evidence, gate) || evidence.counting === evidence.transport) return [];
  return [differText(evidence, gate)];
}

/**
 * Whether the candidate is slower than allowed beyond reasonable doubt. The ratio is paired per request, and so is the bias;
 * both are medians, so a few slow requests decide nothing.
 * @param pairs exchanges from which the ratio was made
 */
export function isTooSlow({ ratio, bias }: Pick<LatencyReport, "ratio" | "bias">, pairs: number, gate: Gate): boolean {
  return ratio !== null && pairs >= MIN_LATENCY_PAIRS && ratio.low > allowedRatio(bias, gate);
}

/** How slow it is, if it is too slow: no sentence or one. */
export function latencyFailure(
  { latency, latencyPairs }: Pick<EndpointEvidence, "latency" | "latencyPairs">,
  gate: Gate,
): string[] {
  const { ratio, bias } = latency;
  if (ratio === null || !isTooSlow(latency, latencyPairs, gate)) return [];
  const mirror =
    bias === null || bias.high <= 1 ? "" : `: ${factorText(gate.latencyRatio)} × ${factorText(bias.high)} of a mirror`;
  return [
    `the candidate takes ${factorText(ratio.estimate)} times as long as the primary ` +
      `(at least ${factorText(ratio.low)}, allowed ${factorText(allowedRatio(bias, gate))}${mirror})`,
  ];
}

function differText({ counting, unknown, compared, fields, parity }: EndpointEvidence, gate: Gate): string {
  const known = fieldListText(fields.filter(({ verdict, count }) => verdict !== "noise" && count > 0));
  const beyond = `fields beyond the caps (${countText(unknown)}, perhaps noise)`;
  const where = [...(known === "" ? [] : [known]), ...(unknown === 0 ? [] : [beyond])].join(" and ");
  return (
    `${countText(counting)} of ${countText(compared)} answers ${counting === 1 ? "differs" : "differ"} in ${where} ` +
    `(parity ${percentText(parity.rate, gate.parity)}, needs ${percentText(gate.parity)})`
  );
}

function neededText(evidence: EndpointEvidence, gate: Gate, missing: number): string {
  const { compared, counting } = evidence;
  if (counting > 0) return `${differText(evidence, gate)}; needs ${countText(missing)} more without a difference`;
  return `needs ${countText(missing)} more compared answers (${countText(compared)} of ${countText(gate.minCompared)})`;
}
