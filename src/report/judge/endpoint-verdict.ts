import type { FieldReport, Proportion, Verdict } from "../../model/report.ts";
import { bySection } from "../../presentation/order/cause-order.ts";
import { formatFieldList } from "../../presentation/words/difference-words.ts";
import { failureList } from "../../presentation/words/failure-words.ts";
import { formatCount, formatPlural } from "../../presentation/words/number-format.ts";
import type { BlockEvidence } from "../statistics/block-evidence.ts";
import type { Judgment, Thresholds } from "./gate-thresholds.ts";
import {
  burstText,
  doubtText,
  neededText,
  parityText,
  sinceText,
  stillNeeded,
  type ParityCounts,
} from "./parity-verdict.ts";

/** What the verdict of one endpoint is decided from. */
export interface EndpointEvidence extends ParityCounts {
  readonly parity: Proportion;
  /** That parity is below the gate. */
  readonly below: BlockEvidence;
  readonly fields: readonly (Pick<FieldReport, "section" | "path" | "kind" | "count" | "verdict"> &
    Partial<Pick<FieldReport, "features" | "failures">>)[];
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
  const isBelow = evidence.below.evidence >= bar;
  const failures = [
    ...(isBelow ? [`${differText(evidence, gate)}${sinceText(evidence.below.late)}`] : []),
    ...reasonsOf("fail"),
  ];
  if (failures.length > 0) return { verdict: "fail", reasons: failures };
  const doubts = [...parityDoubt(evidence, gate), ...reasonsOf("inconclusive")];
  return { verdict: doubts.length > 0 ? "inconclusive" : "pass", reasons: doubts };
}

function parityDoubt(evidence: EndpointEvidence, gate: Thresholds): string[] {
  if (stillNeeded(evidence, gate) === 0) return [];
  const needed = neededText(evidence, gate);
  if (evidence.counting === 0) return [needed];
  return [
    `${differText(evidence, gate)}${doubtText(evidence)}${burstText(evidence.below, evidence.counting)}; ${needed}`,
  ];
}

/** Many headers say little one by one: `status 200 → 404 and 11 headers`. */
function differingText(fields: readonly Pick<FieldReport, "section" | "path">[]): string {
  const headers = new Set(fields.filter(isHeader).map(({ path }) => path)).size;
  if (headers <= MAX_NAMED_HEADERS) return formatFieldList(fields);
  const others = formatFieldList(fields.filter((field) => !isHeader(field)));
  return [...(others === "" ? [] : [others]), formatPlural(headers, "header")].join(" and ");
}

const MAX_NAMED_HEADERS = 3;

function isHeader({ section }: Pick<FieldReport, "section">): boolean {
  return section === "header" || section === "trailer";
}

function differText({ counting, unknown, compared, fields, parity }: EndpointEvidence, gate: Thresholds): string {
  const differing = fields.filter(
    ({ verdict, count, features = [] }) => verdict !== "noise" && (count > 0 || features.length > 0),
  );
  if (unknown === 0 && differing.length > 0 && differing.every((field) => field.failures !== undefined)) {
    const why = failureList(differing.flatMap(({ failures = [] }) => failures));
    return `${formatCount(counting)} of ${formatPlural(compared, "response")} missing: ${why} ${parityText(parity, gate)}`;
  }
  const known = differingText(differing.toSorted(bySection));
  const beyond = `fields beyond the cap (${formatCount(unknown)}, possibly noise)`;
  const where = [...(known === "" ? [] : [known]), ...(unknown === 0 ? [] : [beyond])].join(" and ");
  const differ = counting === 1 ? "differs" : "differ";
  return `${formatCount(counting)} of ${formatPlural(compared, "response")} ${differ} in ${where} ${parityText(parity, gate)}`;
}
