import type { FieldVerdict } from "../model/report.ts";
import type { OutcomeRow } from "../store/store.ts";
import { fieldKey } from "./noise.ts";

/**
 * Whether primary and candidate differed at all. Of a set beyond the cap the fields are not known, only (as `overflow`)
 * whether the candidate differed.
 */
export function isDiffering({ beyondCap, overflow, fields }: OutcomeRow): boolean {
  return beyondCap ? overflow : fields.some(({ mark }) => mark !== "noise");
}

/** Compared exchanges that count against parity. */
export interface Counting {
  /** Primary and candidate differed in a field that is not noise, or in fields that are not known. */
  readonly counting: number;
  /** Those among them whose differing fields are not all known, while those that are known are noise. */
  readonly unknown: number;
}

/**
 * Counts what speaks against parity. An exchange with unknown fields (its set is beyond the cap, or it has more differences
 * than are listed) counts as well, so that no cap can hide a regression; it is told apart because it proves none either.
 * @param verdicts of the fields of this endpoint, by `fieldKey`
 */
export function countAgainstParity(rows: readonly OutcomeRow[], verdicts: ReadonlyMap<string, FieldVerdict>): Counting {
  let [counting, unknown] = [0, 0];
  for (const row of rows) {
    if (!isDiffering(row)) continue;
    const proven = row.fields.some((field) => field.mark !== "noise" && verdicts.get(fieldKey(field)) !== "noise");
    if (proven || row.overflow) counting += row.count;
    if (!proven && row.overflow) unknown += row.count;
  }
  return { counting, unknown };
}
