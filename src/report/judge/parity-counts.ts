import type { FieldVerdict } from "../../model/report.ts";
import type { OutcomeRow } from "../../store/store.ts";
import { cachedFieldKey } from "./field-counts.ts";

/**
 * Whether primary and candidate differ at all. The fields of a set beyond the cap are unknown; `overflow` says whether the
 * candidate differed.
 */
export function isDiffering({ beyondCap, overflow, fields }: OutcomeRow): boolean {
  return beyondCap ? overflow : fields.some(({ mark }) => mark !== "noise");
}

/** Compared exchanges that count against parity. */
export interface ParityFindings {
  /** Primary and candidate differ in a field that is not noise, or in unknown fields: these block a pass. */
  readonly counting: number;
  /** Counting exchanges that differ in a real field: these make a failure. */
  readonly proven: number;
  /** Counting exchanges with unknown fields, whose known fields are all noise. */
  readonly unknown: number;
}

/**
 * Counts the exchanges that speak against parity. Those with unknown fields (a set beyond the cap, or more differences than are
 * listed) count, so that no cap can hide a regression. Those with a likely field count too, but prove no regression: a noisy
 * field is `likely` until the secondary shows it for the first time, and an early report must not fail because of it.
 * @param verdicts of the fields of this endpoint, by `fieldKey`
 */
export function countAgainstParity(
  rows: readonly OutcomeRow[],
  verdicts: ReadonlyMap<string, FieldVerdict>,
): ParityFindings {
  let [counting, proven, unknown] = [0, 0, 0];
  for (const row of rows) {
    if (!isDiffering(row)) continue;
    let [isReal, isLikely] = [false, false];
    for (const field of row.fields) {
      if (field.mark === "noise") continue;
      const verdict = verdicts.get(cachedFieldKey(field)) ?? "real";
      isReal ||= verdict === "real";
      isLikely ||= verdict === "likely";
    }
    const counts = isReal || isLikely;
    if (counts || row.overflow) counting += row.count;
    if (isReal) proven += row.count;
    if (!counts && row.overflow) unknown += row.count;
  }
  return { counting, proven, unknown };
}
