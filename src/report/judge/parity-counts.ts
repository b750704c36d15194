import type { FieldVerdict } from "../../model/report.ts";
import type { OutcomeRow } from "../../store/store.ts";
import { markKey } from "./field-verdicts.ts";

/**
 * Whether primary and candidate differed at all. Of a set beyond the cap the fields are not known, only (as `overflow`)
 * whether the candidate differed.
 */
export function isDiffering({ beyondCap, overflow, fields }: OutcomeRow): boolean {
  return beyondCap ? overflow : fields.some(({ mark }) => mark !== "noise");
}

/** Compared exchanges that count against parity. */
export interface Counting {
  /** Primary and candidate differed in a field that is not noise, or in fields that are not known: what blocks a pass. */
  readonly counting: number;
  /** Those among them that differ in a field that is real: what makes a failure. */
  readonly proven: number;
  /** Those among them whose differing fields are not all known, while those that are known are noise. */
  readonly unknown: number;
}

/**
 * Counts what speaks against parity. An exchange with unknown fields (its set is beyond the cap, or it has more differences
 * than are listed) counts as well, so that no cap can hide a regression; and so does one with a field that nobody has seen
 * as noise. They are told apart because they prove no regression either: a field that is noise is `likely` until the
 * secondary shows it for the first time, and whoever looks before that must not see a failure.
 * @param verdicts of the fields of this endpoint, by `fieldKey`
 */
export function countAgainstParity(rows: readonly OutcomeRow[], verdicts: ReadonlyMap<string, FieldVerdict>): Counting {
  let [counting, proven, unknown] = [0, 0, 0];
  for (const row of rows) {
    if (!isDiffering(row)) continue;
    let [isReal, isLikely] = [false, false];
    for (const field of row.fields) {
      if (field.mark === "noise") continue;
      const verdict = verdicts.get(markKey(field)) ?? "real";
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
