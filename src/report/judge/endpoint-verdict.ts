import type { FieldReport, Proportion, Verdict } from "../../model/report.ts";
import { formatFieldList } from "../../presentation/difference-words.ts";
import { formatCount, formatPlural } from "../../presentation/number-format.ts";
import type { Judgment, Thresholds } from "./gate-thresholds.ts";
import { doubtText, isParityBelow, neededText, parityText, stillNeeded, type ParityCounts } from "./parity-verdict.ts";

/** What the verdict of one endpoint is decided from. */
export interface EndpointEvidence extends ParityCounts {
  readonly parity: Proportion;
  readonly fields: readonly Pick<FieldReport, "section" | "path" | "count" | "verdict">[];
  /** Null if nothing was measured. */
  readonly latency: Judgment | null;
  readonly errors: Judgment;
}

/**
 * Decides the verdict of one endpoint. It can be checked at any time without inflating its error rate.
 * - `fail`: the confidence sequence of the differing share lies above the limit of the gate, or latency or errors fail.
 * - `pass`: the minimum number of exchanges was compared, the sequence lies below the limit, and latency and errors pass.
 * - `inconclusive`: everything else, with what is still needed.
 * @param bar the evidence that makes an endpoint fail, ln E: it grows with the number of endpoints
 */
export function decideEndpointVerdict(evidence: EndpointEvidence, gate: Thresholds, bar: number): Judgment {
  const others = [evidence.errors, ...(evidence.latency === null ? [] : [evidence.latency])];
  const reasonsOf = (verdict: Verdict): readonly string[] =>
    others.filter((judgment) => judgment.verdict === verdict).flatMap(({ reasons }) => reasons);
  const failures = [...parityFailure(evidence, gate, bar), ...reasonsOf("fail")];
  if (failures.length > 0) return { verdict: "fail", reasons: failures };
  const doubts = [...parityDoubt(evidence, gate), ...reasonsOf("inconclusive")];
  return { verdict: doubts.length > 0 ? "inconclusive" : "pass", reasons: doubts };
}

function parityFailure(evidence: EndpointEvidence, gate: Thresholds, bar: number): string[] {
  return isParityBelow(evidence, gate, bar) ? [differText(evidence, gate)] : [];
}

function parityDoubt(evidence: EndpointEvidence, gate: Thresholds): string[] {
  if (stillNeeded(evidence, gate) === 0) return [];
  const needed = neededText(evidence, gate);
  return [evidence.counting > 0 ? `${differText(evidence, gate)}${doubtText(evidence)}; ${needed}` : needed];
}

function differText({ counting, unknown, compared, fields, parity }: EndpointEvidence, gate: Thresholds): string {
  const known = formatFieldList(fields.filter(({ verdict, count }) => verdict !== "noise" && count > 0));
  const beyond = `fields beyond the cap (${formatCount(unknown)}, possibly noise)`;
  const where = [...(known === "" ? [] : [known]), ...(unknown === 0 ? [] : [beyond])].join(" and ");
  const differ = counting === 1 ? "differs" : "differ";
  return `${formatCount(counting)} of ${formatPlural(compared, "response")} ${differ} in ${where} ${parityText(parity, gate)}`;
}
