import type { DifferenceKind } from "../../model/difference.ts";
import type { FieldReport, FieldVerdict } from "../../model/report.ts";

/** How much harm a difference may do: what breaks clients outweighs what they may not notice. */
const SEVERITY: Readonly<Record<DifferenceKind, number>> = {
  transport: 10,
  status: 8,
  parse: 6,
  missing: 5,
  type: 5,
  value: 3,
  truncated: 3,
  extra: 2,
  order: 2,
  encoding: 2,
  header: 1,
};

const CERTAINTY: Readonly<Record<FieldVerdict, number>> = { real: 1, likely: 0.5, noise: 0 };

/**
 * In which order a person should look: severity × excess over noise × traffic, which is the number of exchanges that differ
 * for the candidate's sake, weighed by what kind of difference it is and by how sure that is.
 * @param fields of one cause
 * @param compared exchanges of the endpoint
 */
export function causeRank(
  fields: readonly Pick<FieldReport, "kind" | "count" | "excess" | "verdict">[],
  compared: number,
): number {
  const ranks = fields.map(({ kind, count, excess, verdict }) => {
    const differing = excess === null ? count : Math.max(0, excess) * compared;
    return SEVERITY[kind] * CERTAINTY[verdict] * differing;
  });
  return Math.max(0, ...ranks);
}

/** The verdict of several fields together. */
export function gravest(verdicts: readonly FieldVerdict[]): FieldVerdict {
  if (verdicts.includes("real")) return "real";
  return verdicts.includes("likely") ? "likely" : "noise";
}
